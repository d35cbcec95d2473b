import json
import subprocess
import sys
from pathlib import Path

import pytest

import main as program
from app.cli import entry
from app.cli.verbs import VERBS
from app.formats.registry import FORMATS
from app.tasks import system_libraries
from app.tasks.system_libraries import LIBRARIES
from tests.app.clips import write_frames, write_label

ROOT = Path(program.__file__).parent


@pytest.mark.parametrize(
    "arguments",
    [
        ("propagate",),
        ("propagate", "clip", "--labels", "x.png"),
        ("propagate", "clip", "--labels", "x.png", "--out", "o", "--engine", "magic"),
        ("propagate", "clip", "--labels", "x.png", "--out", "o", "--quality", "best"),
        ("propagate", "clip", "--labels", "x.png", "--out", "o", "--threads", "0"),
        ("propagate", "clip", "--labels", "x.png", "--out", "o", "--device", "tpu"),
        ("propagate", "clip", "--lab", "x.png", "--out", "o"),
        ("score", "cats", "a", "b"),
        ("export", "p.throughline", "--format", "magic", "--out", "o"),
        ("import", "labels", "--format", "overlay", "--clip", "c", "--out", "o"),
        ("doctor", "--magic"),
        ("--magic",),
        ("one", "two"),
    ],
)
def test_bad_usage_exits_with_2(run, arguments):
    answer = run(*arguments)
    assert answer.code == 2
    assert "usage" in answer.err
    assert answer.out == ""


def test_help_lists_every_verb(run):
    answer = run("--help")
    assert answer.code == 0
    assert all(f"  {name} " in answer.out for name in VERBS)


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_and_the_common_options(run, verb):
    answer = run(verb, "--help")
    assert answer.code == 0
    assert all(option in answer.out for option in ("--device", "--threads", "--quiet", "--json"))


def test_a_word_that_is_neither_file_nor_verb_is_told(run, monkeypatch):
    assert run("propagat").err == "There is no file and no verb propagat: perhaps `main.py propagate` was meant.\n"
    answer = run("holiday.mp4")
    assert answer.code == 1
    assert "no file and no verb holiday.mp4" in answer.err


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there a display can be absent")
def test_without_a_display_the_way_out_is_told(run, monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    answer = run()
    assert answer.code == 1
    assert answer.err.startswith("There is no display")
    assert answer.err.count("\n") == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there the system has to bring libraries")
def test_libraries_that_qt_lacks_are_named_with_the_command_that_installs_them(run, monkeypatch):
    monkeypatch.setattr(system_libraries, "missing_libraries", lambda: LIBRARIES[:1] + LIBRARIES[-1:])
    monkeypatch.setenv("QT_QPA_PLATFORM", "xcb")
    answer = run()
    assert answer.code == 1
    assert answer.err.count("\n") == 1
    assert f"apt-get install -y {LIBRARIES[0].package} {LIBRARIES[-1].package}" in answer.err
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert LIBRARIES[-1].package not in run().err


def test_formats_lists_the_table(run):
    rows = run("formats", "--json").facts["formats"]
    assert [row["name"] for row in rows] == list(FORMATS)
    assert all(row["export"] or row["import"] for row in rows)
    assert all(name in run("formats").out for name in FORMATS)


@pytest.mark.parametrize(("engine", "absent"), [("learned", ("PySide6",)), ("flow", ("PySide6", "torch"))])
def test_the_main_job_needs_no_qt_and_flow_no_torch(tmp_path, engine, absent):
    clip, label = write_frames(tmp_path / "clip"), write_label(tmp_path / "first.png")
    script = (
        f"import sys; sys.modules.update(dict.fromkeys({absent!r})); import main; "
        f"sys.exit(main.main(['propagate', {str(clip)!r}, '--labels', {str(label)!r}, "
        f"'--engine', {engine!r}, '--out', {str(tmp_path / 'out')!r}, '--json']))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["frames"] == 6


def test_a_package_that_is_not_installed_is_told(run, monkeypatch):
    monkeypatch.setattr(entry, "import_module", lambda name: __import__("surely_not_installed"))
    answer = run("formats", "--json")
    assert answer.code == 1
    assert answer.err.startswith("The package surely_not_installed is missing: run `main.py doctor`")
    assert answer.facts["error"] == "The package surely_not_installed is missing"


def test_a_fault_of_ours_is_not_hidden(run, monkeypatch):
    monkeypatch.setattr(entry, "import_module", lambda name: __import__("app.not_there"))
    with pytest.raises(ModuleNotFoundError):
        run("formats")
