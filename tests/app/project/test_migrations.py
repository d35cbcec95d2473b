"""An older file is brought up step by step, wholly or not at all; a newer one is left alone."""

import sqlite3
from contextlib import closing
from dataclasses import replace

import pytest

from app.errors import UserError
from app.project import loading, migrations, project_file
from app.project.migrations import CURRENT_VERSION, STEPS, expected_schema, migrate, schema_of, version_of
from app.project.model import RunState, UsedWeights
from app.project.project import Project
from tests.app.project.material import CLIP, add_object, paint, pattern, snapshot

NEXT = CURRENT_VERSION + 1


def add_notes(connection):
    connection.execute("CREATE TABLE notes (object_id INTEGER PRIMARY KEY, text TEXT NOT NULL)")
    connection.execute("INSERT INTO notes SELECT object_id, 'about ' || name FROM objects")


def fail_half_way(connection):
    connection.execute("DELETE FROM labels")
    raise sqlite3.OperationalError("half way")


def spoil(connection):
    connection.execute("UPDATE labels SET confidence = 7")


@pytest.fixture
def future(monkeypatch):
    """Let this program be a later one, whose next format is reached by the step given."""

    def use(step):
        steps = {**STEPS, NEXT: step}
        monkeypatch.setattr(migrations, "STEPS", steps)
        for module in (loading, project_file):
            monkeypatch.setattr(module, "CURRENT_VERSION", NEXT)
        monkeypatch.setattr(loading, "expected_schema", lambda: expected_schema(steps))
        monkeypatch.setattr(project_file, "migrate", lambda connection: migrate(connection, steps))

    return use


@pytest.fixture
def saved(tmp_path):
    with Project.create(tmp_path / "a.throughline", CLIP) as project:
        add_object(project, name="car")
        paint(project, 1, 0, pattern(1))
        before = snapshot(project)
    return project.path, before


def read(path, query):
    with closing(sqlite3.connect(path)) as file:
        return file.execute(query).fetchall()


def test_an_older_file_is_brought_up_and_holds_what_it_held(saved, future):
    path, before = saved
    future(add_notes)
    with Project.open(path) as project:
        assert snapshot(project) == before
    assert read(path, "SELECT * FROM notes") == [(1, "about car")]
    assert read(path, "PRAGMA user_version") == [(NEXT,)]


@pytest.mark.parametrize("step", [fail_half_way, spoil])
def test_a_step_that_fails_or_spoils_the_file_is_taken_back(saved, future, step):
    path, _ = saved
    before = read(path, "SELECT * FROM labels")
    future(step)
    with pytest.raises(UserError, match="damaged"):
        Project.open(path)
    assert read(path, "SELECT * FROM labels") == before
    assert read(path, "PRAGMA user_version") == [(CURRENT_VERSION,)]
    assert sorted(found.name for found in path.parent.iterdir()) == [path.name]


def test_runs_of_a_file_from_before_weights_were_recorded_are_still_told(saved):
    path, before = saved
    with Project.open(path) as project:
        run = project.begin_run("learned", "both", "final", [], UsedWeights("small", "f"))
        project.end_run(run.run_id, RunState.FINISHED)
        runs = dict(project.runs)
    with closing(sqlite3.connect(path)) as file:
        for column in ("weights", "weights_fingerprint"):
            file.execute(f"ALTER TABLE runs DROP COLUMN {column}")
        file.execute("ALTER TABLE masks DROP COLUMN doubt")
        for table in ("learned", "colour_drafts"):
            file.execute(f"DROP TABLE {table}")
        file.execute("ALTER TABLE objects DROP COLUMN skeleton")
        file.execute("PRAGMA user_version = 2")
    with Project.open(path) as project:
        assert dict(project.runs) == {1: replace(runs[1], weights=None)}
        assert snapshot(project) == before
        assert project.doubt(project.label(1, 0).mask_id) is None
    assert read(path, "PRAGMA user_version") == [(CURRENT_VERSION,)]


def test_steps_lead_from_nothing_to_the_latest_one_after_another():
    taken = []
    steps = {number: lambda _, number=number: taken.append(number) for number in (1, 2, 3)}
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, {1: steps[1]})
        assert (taken, version_of(connection)) == ([1], 1)
        migrate(connection, steps)
        migrate(connection, steps)
        assert (taken, version_of(connection)) == ([1, 2, 3], 3)
        with pytest.raises(ValueError, match="3 is newer than 1"):
            migrate(connection, {1: steps[1]})


def test_there_is_a_step_to_every_version():
    assert sorted(STEPS) == list(range(1, max(STEPS) + 1))
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection)
        assert schema_of(connection) == expected_schema()
