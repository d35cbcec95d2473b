import json
from dataclasses import dataclass

import pytest

import main as program


@dataclass(frozen=True)
class Answer:
    """What a command left behind: exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def facts(self):
        """The JSON on the last line of standard output."""
        return json.loads(self.out.splitlines()[-1])


@pytest.fixture
def run(capsys, monkeypatch):
    """Return a function that runs the program in this process."""
    monkeypatch.setattr(program.signal, "signal", lambda number, handler: None)

    def command(*arguments):
        capsys.readouterr()
        code = program.main([str(argument) for argument in arguments])
        return Answer(code, *capsys.readouterr())

    return command
