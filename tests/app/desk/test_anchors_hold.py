"""Anchors hold: whatever a person does between runs and runs do between strokes, no pixel of one is another."""

import random

import numpy as np
import pytest

from app.desk.run_request import RunRequest
from app.project import pending, verbs
from app.project.model import Provenance
from app.project.project import Project
from engines.labels.presence import Presence
from engines.labels.rle import RleMask
from tests.app.clips import HEIGHT, WIDTH, write_frames
from tests.app.conftest import Gate
from tests.app.watched import allowed, watched_runs

N_FRAMES, N_OBJECTS = 7, 2
N_INTERLEAVINGS, N_ACTS = 100, 28
ACTS = {
    "paint": 6, "wipe": 1, "confirm": 1, "clear": 1, "presence": 1, "run": 6, "step": 6, "wait": 2, "cancel": 2,
    "undo": 4, "redo": 3, "accept": 1, "reject": 1,
}  # fmt: skip
"""What may be done, and how often."""


class Sitting:
    """A person at work, who keeps a book of the anchors there must be after every step."""

    def __init__(self, qtbot, workspace, gate, seen):
        self.qtbot, self.workspace, self.gate, self.seen = qtbot, workspace, gate, seen
        self.book = [{}]  # the anchors, bool (H, W) by object and frame, after each step on the undo stack
        self.chance = random.Random(0)

    @property
    def project(self):
        return self.workspace.project

    @property
    def written(self):
        return self.book[self.workspace.undo_stack.index()]

    def begin(self, seed):
        """Start afresh, with nothing to undo."""
        self.wait()
        for object_id in list(self.project.objects):
            self.workspace.do(verbs.delete_object(self.project, object_id))
        self.ids = [self.workspace.add_object() for _ in range(N_OBJECTS)]
        self.workspace.undo_stack.clear()
        self.book, self.chance = [{}], random.Random(seed)

    def act(self):
        act = self.chance.choices(list(ACTS), ACTS.values())[0]
        getattr(self, act)()
        self.check(act)

    def check(self, act):
        found = {
            (object_id, frame): self.project.mask(label.mask_id).decode()
            for object_id in self.ids
            for frame, label in self.project.labels_of(object_id).items()
            if label.provenance is Provenance.ANCHOR
        }
        assert found.keys() == self.written.keys(), act
        for place, mask in found.items():
            assert (mask == self.written[place]).all(), (act, place)
        assert self.workspace.undo_stack.count() == len(self.book) - 1, act
        for run, asked in self.seen[-2:]:
            assert set(asked) <= allowed(run.stretches)

    # what is done

    def paint(self, mask=None):
        object_id, frame = self.place()
        mask, exclusive = self.blob() if mask is None else mask, self.chance.random() < 0.5
        before = pending.shown(self.project, object_id, frame)
        fresh = mask if before is None else mask & ~self.project.mask(before[0].mask_id).decode()
        after = dict(self.written)
        if exclusive:
            after.update({place: kept & ~fresh for place, kept in after.items() if place[1] == frame})
        after[object_id, frame] = mask
        edit = verbs.paint_mask(self.project, object_id, frame, RleMask.encode(mask), exclusive_over=exclusive)
        self.do(edit, after)

    def wipe(self):
        self.paint(np.zeros((HEIGHT, WIDTH), bool))

    def confirm(self):
        object_id, frame = self.place()
        shown = pending.shown(self.project, object_id, frame)
        after = dict(self.written)
        if shown is not None:
            after[object_id, frame] = self.project.mask(shown[0].mask_id).decode()
        self.do(verbs.confirm(self.project, [object_id], [frame]), after)

    def clear(self):
        place = self.place()
        edit = verbs.clear_label(self.project, *place)
        self.do(edit, {other: mask for other, mask in self.written.items() if other != place})

    def presence(self):
        object_id, frame = self.place()
        after = {**self.written, (object_id, frame): np.zeros((HEIGHT, WIDTH), bool)}
        self.do(verbs.set_presence(self.project, object_id, frame, Presence.OCCLUDED), after)

    def run(self):
        if self.workspace.runner.active is not None:
            return
        first, last = sorted(self.chance.choices(range(N_FRAMES), k=2))
        chosen = self.chance.choice([None, (self.ids[0],), (self.ids[-1],)])
        request = RunRequest(
            "copy",
            self.chance.choice(["both", "both", "forward", "backward"]),
            scope=self.chance.choice(["missing", "all"]),
            object_ids=chosen,
            frames=self.chance.choice([None, (first, last)]),
        )
        before = self.written
        self.workspace.start_run(request)
        if self.workspace.runner.active is not None:
            self.note(before)

    def step(self):
        """Let the run that goes on look at some more frames."""
        self.gate.let_pass(self.chance.randint(1, 8))
        self.qtbot.waitUntil(lambda: self.workspace.runner.active is None or self.gate.n_permits == 0)

    def wait(self):
        self.gate.open_gate()
        self.qtbot.waitUntil(lambda: self.workspace.runner.active is None)
        self.gate.close()

    def cancel(self):
        self.workspace.cancel_run()

    def undo(self):
        self.workspace.undo_stack.undo()

    def redo(self):
        self.workspace.undo_stack.redo()

    def accept(self):
        self.review(self.workspace.accept, verbs.accept)

    def reject(self):
        self.review(self.workspace.reject, verbs.reject)

    # with what

    def review(self, do, verb):
        object_ids = self.chance.choice([None, self.ids[:1]])
        if self.workspace.runner.active is None and verb(self.project, object_ids):
            before = self.written
            do(object_ids)
            self.note(before)

    def do(self, edit, after):
        before = self.written
        self.workspace.do(edit)
        if edit:
            index = self.workspace.undo_stack.index()
            self.book = [*self.book[: index - 1], before, after]

    def note(self, after):
        self.book = [*self.book[: self.workspace.undo_stack.index()], after]

    def place(self):
        return self.chance.choice(self.ids), self.chance.randrange(N_FRAMES)

    def blob(self):
        mask = np.zeros((HEIGHT, WIDTH), bool)
        left, top = self.chance.randrange(WIDTH // 2), self.chance.randrange(HEIGHT // 2)
        mask[top : top + self.chance.randint(2, 40), left : left + self.chance.randint(2, 40)] = True
        return mask


@pytest.mark.parametrize("is_followed", [False, True])
def test_anchors_come_out_bit_for_bit_after_a_hundred_interleavings(
    qtbot, tmp_path, monkeypatch, bare_workspace, is_followed
):
    """Of painting, runs that go on meanwhile, cancels, undo and redo; in one half corrections are followed by runs."""
    workspace, gate = bare_workspace, Gate()
    with watched_runs(monkeypatch, gate) as seen:
        with qtbot.waitSignal(workspace.frame_ready):
            workspace.open(write_frames(tmp_path / "clip", N_FRAMES))
        if is_followed:
            workspace.rerunner.use(RunRequest("copy"))
        sitting = Sitting(qtbot, workspace, gate, seen)
        for seed in range(is_followed, N_INTERLEAVINGS, 2):
            sitting.begin(seed)
            for _ in range(N_ACTS):
                sitting.act()
        sitting.wait()
        sitting.check("the last run")
    assert len(seen) > N_INTERLEAVINGS / 2 and any(asked for _, asked in seen)
    if is_followed:
        assert any(run.near is not None for run, _ in seen)
    anchors, path = sitting.written, workspace.project.path
    workspace.close()
    with Project.open(path) as again:
        for (object_id, frame), mask in anchors.items():
            assert (again.mask(again.label(object_id, frame).mask_id).decode() == mask).all()
