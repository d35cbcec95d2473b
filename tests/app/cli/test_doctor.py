import sys
from importlib import metadata

import av
import pytest

from app.tasks import doctor
from app.tasks.system_libraries import LIBRARIES


@pytest.fixture(autouse=True)
def no_torch(monkeypatch):
    """Spare the seconds that loading torch takes."""
    monkeypatch.setitem(sys.modules, "torch", None)


def by_name(answer):
    """Return the findings by name; a format may be called as a package is, and is told after it."""
    return {row["name"]: row for row in reversed(answer.facts["findings"])}


def hide(monkeypatch, name):
    version = metadata.version

    def lookup(asked):
        if asked == name:
            raise metadata.PackageNotFoundError(asked)
        return version(asked)

    monkeypatch.setattr(doctor.metadata, "version", lookup)


def test_a_working_installation_is_usable(run):
    answer = run("doctor", "--json")
    assert answer.code == 0
    assert answer.facts["usable"]
    rows = by_name(answer)
    for name in ("Python", "numpy", "av", "opencv-contrib-python-headless", "torch", "copy", "flow", "davis", "cache"):
        assert name in rows
    assert rows["numpy"]["state"] == metadata.version("numpy")


def test_a_missing_package_is_named_with_its_remedy(run, monkeypatch):
    hide(monkeypatch, "av")
    answer = run("doctor", "--json")
    assert answer.code == 1
    assert by_name(answer)["av"] == {
        "topic": "packages",
        "name": "av",
        "state": "missing",
        "remedy": doctor.INSTALL,
        "is_essential": True,
    }
    assert doctor.INSTALL in run("doctor").out


def test_codecs_that_cannot_be_written_are_told(run, monkeypatch):
    rows = by_name(run("doctor", "--json"))
    assert {rows[codec]["state"] for codec in ("h264", "vp9", "prores", "ffv1")} == {"can be written"}
    monkeypatch.setattr(av, "codecs_available", {"libx264", "ffv1"})
    answer = run("doctor", "--json")
    assert answer.code == 0 and "no encoder for prores" in by_name(answer)["prores"]["state"]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there the system has to bring libraries")
def test_missing_system_libraries_come_with_one_command(run, monkeypatch):
    monkeypatch.setattr(doctor, "missing_libraries", lambda: LIBRARIES[:3])
    answer = run("doctor")
    assert answer.code == 0
    assert answer.out.count("apt-get install -y") == 1
    assert all(library.package in answer.out for library in LIBRARIES[:3])


def test_an_opencv_with_its_own_qt_is_pointed_out(run, monkeypatch):
    version = metadata.version
    monkeypatch.setattr(doctor.metadata, "version", lambda name: "4.9" if name == "opencv-python" else version(name))
    assert "pip uninstall -y opencv-python`" in run("doctor").out


def test_a_place_that_cannot_be_written_is_pointed_out(run, monkeypatch):
    monkeypatch.setattr(doctor.os, "access", lambda path, mode: False)
    row = by_name(run("doctor", "--json"))["cache"]
    assert "cannot be written" in row["state"]
    assert row["remedy"]


def test_weights_are_listed_and_those_missing_or_broken_come_with_a_remedy(run, monkeypatch, tmp_path):
    monkeypatch.setattr("app.tasks.weights.SHIPPED_FOLDER", tmp_path)
    (tmp_path / "broken.safetensors").write_bytes(b"broken")
    rows = [row for row in run("doctor", "--json").facts["findings"] if row["topic"] == "weights"]
    assert [row["name"] for row in rows] == ["broken", "small"]
    assert "is no safetensors file" in rows[0]["state"] and rows[0]["remedy"]
    assert "missing" in rows[1]["state"] and "--weights" in rows[1]["remedy"]


def test_what_is_missing_of_weights_does_not_make_it_unusable(run, monkeypatch, tmp_path):
    monkeypatch.setattr("app.tasks.weights.SHIPPED_FOLDER", tmp_path)
    assert run("doctor").code == 0
