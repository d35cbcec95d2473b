import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest

from app.tasks import system_libraries
from app.tasks.system_libraries import LIBRARIES, install_command, missing_libraries

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="wheels elsewhere bring all they need")

FROM_THE_C_LIBRARY = {"libc.so.6", "libm.so.6", "libdl.so.2", "libpthread.so.0", "libgcc_s.so.1", "libstdc++.so.6"}


def test_missing_libraries_are_named_with_one_command_for_all():
    missing = missing_libraries(lambda file: "xcb" not in file)
    assert {library.file for library in missing} == {library.file for library in LIBRARIES if "xcb" in library.file}
    command = install_command(missing)
    assert command.startswith("apt-get install -y ")
    assert "libxcb-cursor0" in command
    assert missing_libraries(lambda file: True) == ()


def test_the_check_runs_where_nothing_is_installed():
    root = Path(system_libraries.__file__).parents[2]
    command = [sys.executable, "-S", "-m", "app.tasks.system_libraries", "--packages"]
    assert subprocess.run(command, cwd=root, capture_output=True, check=True).stderr == b""


def test_it_says_what_is_missing_and_exits_with_1(monkeypatch, capsys):
    monkeypatch.setattr(system_libraries, "missing_libraries", lambda: LIBRARIES[:2])
    assert system_libraries.main([]) == 1
    told = capsys.readouterr().err
    assert all(library.package in told for library in LIBRARIES[:2])
    assert system_libraries.main(["--packages"]) == 0
    assert set(capsys.readouterr().out.split()) == {library.package for library in LIBRARIES[:2]}


def test_the_table_knows_every_foreign_library_that_qt_names():
    qt = Path(importlib.util.find_spec("PySide6").origin).parent / "Qt"
    files = [qt / "plugins/platforms/libqxcb.so", *(qt / "plugins/xcbglintegrations").glob("*.so")]
    files += [qt / "lib" / f"libQt6{name}.so.6" for name in ("Core", "Gui", "Widgets", "DBus", "XcbQpa")]
    known = {library.file for library in LIBRARIES} | FROM_THE_C_LIBRARY
    for file in files:
        needed = {
            name.decode() for name in re.findall(rb"\x00(lib[A-Za-z0-9_+.-]+?\.so\.\d+)(?=\x00)", file.read_bytes())
        }
        foreign = {name for name in needed if not name.startswith(("libQt6", "libicu"))}
        assert foreign <= known, file.name
