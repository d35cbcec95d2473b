"""A program that works on a project without end, for a test to kill.

Run as ``python -m tests.app.project.killed PROJECT``. Each step follows from its number alone, so that
the test can work out what must be on disk after any number of them: a stroke on an even frame, or
a run's result on an odd one, always with a mask of its own.
"""

import os
import sys
from dataclasses import dataclass, field

from app.project import pending, verbs
from app.project.model import ClipRecord, RunState
from app.project.project import Project
from tests.app.project.material import add_object, pattern, result

CLIP = ClipRecord("clip.mp4", "/nowhere/clip.mp4", "fingerprint", 16, 12, 50)
N_OBJECTS = 3
TURN = 12
STEPS_OF_A_SESSION = 70


@dataclass
class World:
    """What a project holds after `n_steps`: masks by (object id, frame)."""

    n_steps: int = 0
    anchors: dict = field(default_factory=dict)
    proposals: dict = field(default_factory=dict)

    def step(self):
        """Take the next step and return it: (is stroke, object id, frame, mask)."""
        number = self.n_steps
        self.n_steps += 1
        is_stroke = number < 2 * TURN or number // TURN % 2 == 0
        frame = 2 * (number * 7 // N_OBJECTS % 25) + (not is_stroke)
        key = (1 + number % N_OBJECTS, frame)
        table = self.anchors if is_stroke else self.proposals
        table[key] = pattern(number)
        return is_stroke, *key, table[key]


def world_after(n_steps):
    world = World()
    while world.n_steps < n_steps:
        world.step()
    return world


def n_steps_of(project):
    """Return how many steps a project has taken: each is one revision, as was each object."""
    return project.revision - N_OBJECTS


def create(path):
    with Project.create(path, CLIP) as project:
        for _ in range(N_OBJECTS):
            add_object(project)


def work(path, say):
    """Go on from where the project stands, saying the number of steps after each; close and open now and then."""
    while True:
        project = Project.open(path)
        world = world_after(n_steps_of(project))
        run = None
        for _ in range(STEPS_OF_A_SESSION):
            is_stroke, object_id, frame, mask = world.step()
            if is_stroke:
                if run is not None:
                    project.end_run(run.run_id, RunState.FINISHED)
                    run = None
                project.apply(verbs.paint_mask(project, object_id, frame, mask, exclusive_over=False))
            else:
                if run is None:
                    stretches = pending.stretches(project, project.objects, range(CLIP.n_frames), "both", "all")
                    run = project.begin_run("copy", "both", "normal", stretches)
                project.add_results(run.run_id, [result(object_id, frame, mask)])
            say(world.n_steps)
        project.close()


if __name__ == "__main__":
    work(sys.argv[1], lambda n_steps: os.write(1, b"%d\n" % n_steps))
