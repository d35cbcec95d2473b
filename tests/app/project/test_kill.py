"""A kill at any moment loses at most the change in hand, and leaves a whole file."""

import random
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

from app.project.model import Provenance, RunState
from app.project.project import Project
from tests.app.project import killed

N_KILLS = 20
ROOT = Path(__file__).parents[3]


def run_and_kill(path, moment):
    """Start the program, kill it at a random moment, and return the last number of steps that it said."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.app.project.killed", str(path)], cwd=ROOT, stdout=subprocess.PIPE
    ) as program:
        said = [program.stdout.readline() for _ in range(moment.randint(1, 90))]
        time.sleep(moment.random() / 200)  # not to wait for anything: to hit it between two of its words
        program.kill()
        said += program.stdout.read().splitlines(keepends=True)
    whole = [line for line in said if line.endswith(b"\n")]
    return int(whole[-1])


def integrity_of_a_copy(path, folder):
    """Return what SQLite finds wrong with the file as the kill left it."""
    folder.mkdir()
    for suffix in ("", "-wal"):
        beside = path.with_name(path.name + suffix)
        if beside.exists():
            shutil.copy(beside, folder / beside.name)
    with closing(sqlite3.connect(folder / path.name)) as file:
        return file.execute("PRAGMA integrity_check").fetchall()


def test_a_kill_takes_at_most_the_change_in_hand(tmp_path):
    path = tmp_path / "a.throughline"
    killed.create(path)
    moment = random.Random(20240)
    states = set()
    n_steps = 0
    for attempt in range(N_KILLS):
        said = run_and_kill(path, moment)
        assert said > n_steps, "the program did go on"
        assert integrity_of_a_copy(path, tmp_path / f"copy-{attempt}") == [("ok",)]
        with Project.open(path) as project:
            n_steps = killed.n_steps_of(project)
            assert said - 1 <= n_steps <= said + 1
            world = killed.world_after(n_steps)
            assert masks(project, project.labels_of) == world.anchors
            assert masks(project, project.proposals_of) == world.proposals
            assert all(
                label.provenance is Provenance.ANCHOR
                for object_id in project.objects
                for label in project.labels_of(object_id).values()
            )
            assert all(run.state is not RunState.RUNNING for run in project.runs.values())
            states.update(run.state for run in project.runs.values())
            # Sessions that end within a run leave it going on, as a kill does; so at most one is found.
            assert len(project.notices) <= 1
    assert states == {RunState.FINISHED, RunState.INTERRUPTED}, "kills hit strokes and runs"
    assert sorted(beside.name for beside in tmp_path.glob("a.*")) == ["a.throughline"]


def masks(project, table):
    return {
        (object_id, frame): project.mask(label.mask_id)
        for object_id in project.objects
        for frame, label in table(object_id).items()
    }
