"""Short runs for tests."""

from app.project import pending
from app.project.model import RunState
from tests.app.project.material import N_FRAMES, block, result


def begin(project, object_ids=None, direction="both"):
    """Begin a run over every frame that one could fill."""
    ids = project.objects if object_ids is None else object_ids
    stretches = pending.stretches(project, ids, range(N_FRAMES), direction, "all")
    return project.begin_run("copy", direction, "normal", stretches)


def propose(project, object_id, frames, mask=None, confidence=0.5):
    """Run and end; return the edit that the results made."""
    run = begin(project, [object_id])
    masks = [mask or block(0, 0, frame + 1, 5) for frame in frames]
    results = [result(object_id, frame, shape, confidence) for frame, shape in zip(frames, masks, strict=True)]
    edit, _ = project.add_results(run.run_id, results)
    project.end_run(run.run_id, RunState.FINISHED)
    return edit
