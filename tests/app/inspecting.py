"""An inspector whose answers are known, and which a test can hold in the middle of a question."""

import threading

import numpy as np

from app.tasks.inspect import ColouredFrame, Sighting, Way
from engines.correspondence.frame_features import CellGrid
from engines.correspondence.inspect import Match, Waypoint, steps_between

STEP_PX = 2.0
"""Everything moves to the right by so much a frame."""
CYCLE_PX = 3.0
"""Every way back ends so far below where it began."""


class PretendInspector:
    """Finds every point where it would be if all moved by `STEP_PX` a frame. `asked` lists what it was asked."""

    def __init__(self, clip, weights=""):
        self.weights = weights
        self.grid = CellGrid(-(-clip.height // 8), -(-clip.width // 8), 8, 8, 0.0, 0.0)
        self.asked = []
        self.threads = set()
        self.gate = threading.Event()
        self.gate.set()
        self.way_gate = threading.Event()
        self.way_gate.set()
        self.is_closed = False

    def prepare(self, frames):
        self._ask("prepare", tuple(frames))
        yield

    def look(self, point, other):
        self._ask("look", point, other)
        x = point.x + STEP_PX * (other - point.frame)
        row, column = self.grid.cell(x, point.y)
        heat = np.zeros((self.grid.rows, self.grid.columns), np.float32)
        heat[row, column] = 0.75
        heat[-1, -1] += 0.25
        corner = self.grid.centre(self.grid.rows - 1, self.grid.columns - 1)
        yield Sighting(point, other, heat, self.grid, (Match(x, point.y, 0.75), Match(*corner, 0.25)))
        while not self.way_gate.wait(0.01):
            yield None
        there = [Waypoint(point.frame, point.x, point.y, 1.0)]
        there += [
            Waypoint(frame, point.x + STEP_PX * (frame - point.frame), point.y, 0.9)
            for frame in steps_between(point.frame, other)
        ]
        back = [Waypoint(at.frame, at.x, at.y + CYCLE_PX, 0.9) for at in reversed(there)]
        back[0] = there[-1]
        yield Way(point, other, tuple(there), tuple(back))

    def colours(self, frame):
        self._ask("colours", frame)
        image = np.full((self.grid.rows, self.grid.columns, 3), (255, 0, 255), np.uint8)
        return ColouredFrame(frame, image, self.grid)

    def close(self):
        self.is_closed = True

    def _ask(self, *question):
        self.asked.append(question)
        self.threads.add(threading.current_thread().name)
        self.gate.wait()
