"""Arrows point one way; a rule that is not a test is a wish."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

BLOCK = """
import importlib.abc, sys
class Block(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split('.')[0] in {blocked!r}:
            raise ImportError('blocked: ' + name)
sys.meta_path.insert(0, Block())
"""

KNOWS_QT = ROOT / "app" / "desk"
"""What lives on the window's thread."""


def modules(*packages):
    for package in packages:
        yield from sorted((ROOT / package).rglob("*.py"))


def dotted(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def run_blocked(blocked, statements):
    program = BLOCK.format(blocked=set(blocked)) + "\n".join(statements)
    return subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)


def test_engines_and_application_import_without_qt():
    names = [dotted(path) for path in modules("engines", "app") if KNOWS_QT not in path.parents]
    result = run_blocked(["PySide6", "pyqtgraph", "shiboken6"], ["import main", *(f"import {name}" for name in names)])
    assert result.returncode == 0, result.stderr


def test_window_and_command_line_import_without_torch():
    names = [dotted(path) for path in modules("app", "widgets")]
    result = run_blocked(["torch"], ["import main", *(f"import {name}" for name in names)])
    assert result.returncode == 0, result.stderr


def test_package_files_are_empty():
    filled = [
        str(path) for path in modules("engines", "app", "widgets") if path.name == "__init__.py" and path.stat().st_size
    ]
    assert filled == []


@pytest.mark.parametrize("word", ["processEvents", "pickle.load", "qtbot.wait(", "time.sleep("])
def test_banned_words(word):
    places = modules("tests") if word == "qtbot.wait(" else modules("engines", "app", "widgets")
    found = [str(path) for path in places if word in path.read_text() and path != Path(__file__)]
    assert found == []


def test_no_name_that_says_nothing():
    words = ("Manager", "Helper", "Utils")
    found = [
        f"{path.name}: {node.name}"
        for path in modules("engines", "app", "widgets")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and node.name.endswith(words)
    ]
    assert found == []


def test_no_class_grows_into_a_god():
    big = [
        f"{path.name}: {node.name} has {count} methods"
        for path in modules("engines", "app", "widgets")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef)
        and (count := sum(isinstance(item, ast.FunctionDef) for item in node.body)) > 40
    ]
    assert big == []
