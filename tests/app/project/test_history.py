"""Whatever a person and runs do, in any order: what the person marked stays, and all of it can be undone.

Steps are kept as the window keeps them: a run is one step from its start, into which its results
are merged as they come, with the person working on meanwhile.
"""

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.project import identity, pending, verbs
from app.project.edits import Edit
from app.project.model import ABSENT, Provenance, RunState
from app.project.project import Project
from engines.labels.presence import Presence
from tests.app.project.material import CLIP, pattern, result, snapshot

N_FRAMES = 5  # few, so that people and runs get in each other's way
SHORT_CLIP = replace(CLIP, n_frames=N_FRAMES)
FRAMES = st.integers(0, N_FRAMES - 1)
SOME_FRAMES = st.sets(FRAMES, min_size=1, max_size=4)
MASKS = st.sampled_from([0, 1, 0xFF, 0xFF00FF00FF00, (1 << 64) - 1, 0x0F0F0F0F0F0F0F0F, 0xF0F0F0F0F0F0F0F0]).map(
    pattern
)
PICK = st.integers(0, 11)


class Step:
    """One step of the undo stack, with the anchors that there must be before and after it."""

    def __init__(self, edit, before, after, run_id=None):
        self.edit, self.before, self.after, self.run_id = edit, before, after, run_id


class History(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.folder = Path(tempfile.mkdtemp())
        self.project = Project.create(self.folder / "a.throughline", SHORT_CLIP)
        self.anchors = {}  # (object id, frame): mask, as last painted
        self.ids_given = set()
        self.n_results = 0
        self.start_over()
        for number in range(2):  # without objects and anchors there is little to get in the way of
            self.add_object()
            self.paint(number, number, pattern(0xFF), False)

    def start_over(self):
        self.steps, self.n_done, self.run = [], 0, None
        self.first = snapshot(self.project)

    def teardown(self):
        if hasattr(self, "project"):
            self.end_run_in_progress()
            last, n_done = snapshot(self.project), self.n_done
            while self.n_done:
                self.undo()
            objects, labels, proposals = snapshot(self.project)
            assert (objects, labels) == self.first[:2]
            # Of the proposals that stood at first, one is not brought back: where the person dropped it while
            # a run went on that then replaced it. It can be computed again; no other can have come.
            assert proposals.items() <= self.first[2].items()
            while self.n_done < n_done:
                self.redo()
            assert snapshot(self.project) == last
            self.project.close()
            shutil.rmtree(self.folder)

    def do(self, edit, after):
        if edit:
            self.project.apply(edit)
            self.push(Step(edit, self.anchors, after))
            self.anchors = after

    def push(self, step):
        self.steps[self.n_done :] = [step]
        self.n_done += 1

    def pick(self, number, *, unlocked=True):
        ids = [found.object_id for found in self.project.objects.values() if not (unlocked and found.is_locked)]
        return ids[number % len(ids)] if ids else None

    # what a person does

    @rule()
    def add_object(self):
        if len(self.project.objects) < 3:
            edit = verbs.add_object(self.project)
            (object_id,) = edit.objects
            assert object_id not in self.ids_given
            self.ids_given.add(object_id)
            self.do(edit, self.anchors)

    @rule(number=PICK, frame=FRAMES, mask=MASKS, exclusive=st.booleans())
    def paint(self, number, frame, mask, exclusive):
        object_id = self.pick(number)
        if object_id is None:
            return
        after = {**self.anchors, (object_id, frame): mask}
        seen = pending.shown(self.project, object_id, frame)
        fresh = mask if seen is None else mask.minus(self.project.mask(seen[0].mask_id))
        for other in self.project.objects.values():
            key = (other.object_id, frame)
            if exclusive and other.object_id != object_id and not (other.is_hidden or other.is_locked) and key in after:
                after[key] = after[key].minus(fresh)
        self.do(verbs.paint_mask(self.project, object_id, frame, mask, exclusive_over=exclusive), after)

    @rule(number=PICK, frames=SOME_FRAMES)
    def clear(self, number, frames):
        object_id = self.pick(number)
        if object_id is not None:
            gone = {(object_id, frame) for frame in frames}
            after = {key: mask for key, mask in self.anchors.items() if key not in gone}
            self.do(verbs.clear_labels(self.project, [object_id], frames), after)

    @rule(number=PICK, frames=SOME_FRAMES)
    def confirm(self, number, frames):
        object_id = self.pick(number)
        if object_id is not None:
            after = dict(self.anchors)
            for frame in frames:
                shown = pending.shown(self.project, object_id, frame)
                if shown is not None:
                    after[object_id, frame] = self.project.mask(shown[0].mask_id)
            self.do(verbs.confirm(self.project, [object_id], frames), after)

    @rule(number=PICK, frame=FRAMES, presence=st.sampled_from(Presence))
    def say_presence(self, number, frame, presence):
        object_id = self.pick(number)
        if object_id is None:
            return
        seen = pending.shown(self.project, object_id, frame)
        mask = pattern(0) if seen is None or presence in ABSENT else self.project.mask(seen[0].mask_id)
        if mask.area or presence in ABSENT:
            self.do(
                verbs.set_presence(self.project, object_id, frame, presence), {**self.anchors, (object_id, frame): mask}
            )

    # what keeps identity: no pixel of an anchor may be lost, whoever it belongs to afterwards

    def seen(self, object_id, frame):
        shown = pending.shown(self.project, object_id, frame)
        return None if shown is None else self.project.mask(shown[0].mask_id)

    def pair(self, number):
        one, other = self.pick(number), self.pick(number // 3 + number + 1)
        return None if one is None or one == other else (one, other)

    @rule(number=PICK, first=FRAMES, last=FRAMES)
    def swap(self, number, first, last):
        pair, frames = self.pair(number), range(min(first, last), max(first, last) + 1)
        if pair is None:
            return
        after = {key: mask for key, mask in self.anchors.items() if key[0] not in pair or key[1] not in frames}
        for mine, other in (pair, pair[::-1]):
            for frame in frames:
                is_seam = frame in (frames[0], frames[-1]) and frame not in (0, N_FRAMES - 1)
                mask = self.seen(other, frame) if is_seam else self.anchors.get((other, frame))
                if mask is not None:
                    after[mine, frame] = mask
        self.do_identity(identity.swap_objects(self.project, *pair, frames), after)

    @rule(number=PICK)
    def merge(self, number):
        pair = self.pair(number)
        if pair is None:
            return
        after = {key: mask for key, mask in self.anchors.items() if key[0] not in pair}
        for frame in range(N_FRAMES):
            if any((object_id, frame) in self.anchors for object_id in pair):
                masks = [mask for object_id in pair if (mask := self.seen(object_id, frame)) is not None]
                after[pair[0], frame] = masks[0].plus(masks[-1])
        self.do_identity(identity.worked_out(identity.merge_objects(self.project, pair[0], pair[1:])), after)

    @rule(number=PICK, frame=FRAMES, part=MASKS)
    def split(self, number, frame, part):
        object_id = self.pick(number)
        whole = None if object_id is None else self.seen(object_id, frame)
        if whole is None or whole.minus(part).area in (0, whole.area) or len(self.project.objects) > 3:
            return
        edit = identity.worked_out(identity.split_object(self.project, object_id, frame, part))
        (new_id,) = edit.objects
        self.ids_given.add(new_id)
        after = {key: mask for key, mask in self.anchors.items() if key[0] != object_id or key[1] < frame}
        for key, swap in edit.labels.items():
            if swap.new is not None and swap.new.provenance is Provenance.ANCHOR:
                after[key] = self.project.mask(swap.new.mask_id)
        wholes = {key[1]: mask for key, mask in self.anchors.items() if key[0] == object_id and key[1] >= frame}
        for at, mask in {**wholes, frame: whole}.items():
            # an anchor that the edit leaves alone is one that stays whole
            stays, goes = (after.get((i, at), pattern(0)) for i in (object_id, new_id))
            if (object_id, at) not in edit.labels:
                after[object_id, at] = stays = mask
            assert stays.plus(goes) == mask
            assert stays.area + goes.area == mask.area
        self.do_identity(edit, after)

    def do_identity(self, edit, after):
        """Do an edit while a run may go on, and see that this brings nothing more for what has moved."""
        self.do(edit, after)
        if self.run is not None and edit:
            before = snapshot(self.project)
            late = [
                result(stretch.object_id, frame, pattern(0xF0F), 0.123)
                for stretch in self.run.stretches
                for object_id, frames in edit.moved
                for frame in range(stretch.first, stretch.last + 1)
                if stretch.object_id == object_id and frame in frames
            ]
            self.project.add_results(self.run.run_id, late)
            assert snapshot(self.project) == before

    @rule(number=PICK)
    def delete_object(self, number):
        object_id = self.pick(number)
        if object_id is not None:
            after = {key: mask for key, mask in self.anchors.items() if key[0] != object_id}
            self.do(verbs.delete_object(self.project, object_id), after)

    @rule(number=PICK, verb=st.sampled_from([verbs.set_hidden, verbs.set_locked]), flag=st.booleans())
    def flag(self, number, verb, flag):
        object_id = self.pick(number, unlocked=False)
        if object_id is not None:
            self.do(verb(self.project, object_id, flag), self.anchors)

    @rule(verb=st.sampled_from([verbs.accept, verbs.reject]), frames=st.none() | SOME_FRAMES)
    def review(self, verb, frames):
        self.do(verb(self.project, None, frames), self.anchors)

    # what runs do

    @rule(number=PICK, masks=st.lists(MASKS, min_size=1, max_size=6), scope=st.sampled_from(["missing", "all"]))
    def bring_results(self, number, masks, scope):
        if self.run is None and not self.begin_run(scope):
            return
        places = [(each.object_id, frame) for each in self.run.stretches for frame in range(each.first, each.last + 1)]
        results = []
        for offset, mask in enumerate(masks):
            self.n_results += 1  # no two alike, so that one cannot stand in for another
            results.append(result(*places[(number + offset) % len(places)], mask, 1 / (1 + self.n_results)))
        edit, _ = self.project.add_results(self.run.run_id, results)
        (step,) = (step for step in self.steps[: self.n_done] if step.run_id == self.run.run_id)
        step.edit = step.edit.then(edit)

    def begin_run(self, scope):
        stretches = pending.stretches(self.project, self.project.objects, range(N_FRAMES), "both", scope)
        if stretches:
            self.run = self.project.begin_run("copy", "both", "normal", stretches)
            self.push(Step(Edit("run"), self.anchors, self.anchors, self.run.run_id))
        return bool(stretches)

    @precondition(lambda self: self.run is not None)
    @rule(patience=st.integers(0, 3))
    def end_run(self, patience):
        if patience == 0:  # or it would be over before anybody gets in its way
            self.end_run_in_progress()

    def end_run_in_progress(self):
        if self.run is not None:
            self.project.end_run(self.run.run_id, RunState.CANCELLED)
            self.run = None

    # going back and forth

    @precondition(lambda self: self.n_done > 0)
    @rule()
    def undo(self):
        step = self.steps[self.n_done - 1]
        if self.run is not None and step.run_id == self.run.run_id:
            self.end_run_in_progress()
        self.project.apply(step.edit.inverse())
        self.n_done -= 1
        self.anchors = step.before

    @precondition(lambda self: self.n_done < len(self.steps))
    @rule()
    def redo(self):
        step = self.steps[self.n_done]
        self.project.apply(step.edit)
        self.n_done += 1
        self.anchors = step.after

    @rule(patience=st.integers(0, 2))
    def reopen(self, patience):
        if patience > 0:
            return
        before, revision = snapshot(self.project), self.project.revision
        was_running = self.run
        next_id = self.project.next_object_id()
        self.project.close()
        self.project = Project.open(self.project.path)
        assert snapshot(self.project) == before
        assert (self.project.revision, self.project.next_object_id()) == (revision, next_id)
        if was_running is not None:
            assert self.project.runs[was_running.run_id].state is RunState.INTERRUPTED
            assert len(self.project.notices) == 1
        self.start_over()

    # the promise

    @invariant()
    def what_a_person_marked_is_there_bit_for_bit(self):
        if not hasattr(self, "project"):
            return
        standing = {
            (object_id, frame): self.project.mask(label.mask_id)
            for object_id in self.project.objects
            for frame, label in self.project.labels_of(object_id).items()
            if label.provenance is Provenance.ANCHOR
        }
        assert standing == self.anchors


TestHistory = History.TestCase
# Shrinking a failure takes minutes of opening and closing files; to have one shrunk, drop `phases`.
TestHistory.settings = settings(
    max_examples=40, stateful_step_count=40, deadline=None, derandomize=True, phases=[Phase.generate]
)
