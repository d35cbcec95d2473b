import io

from app.cli.console import Console
from app.errors import UserError


class Terminal(io.StringIO):
    def isatty(self):
        return True


def console(err, **options):
    ticks = iter(range(0, 10_000, 5))
    return Console(out=io.StringIO(), err=err, clock=lambda: next(ticks), **options)


def test_a_terminal_gets_one_line_that_changes_and_goes():
    err = Terminal()
    assert list(console(err).follow(range(3), 3, "masks")) == [0, 1, 2]
    told = err.getvalue()
    assert "\n" not in told
    assert told.count("\r") == 4
    assert "2/3 masks, 0.2/s, 5 s left" in told
    assert told.endswith("\r\x1b[K")


def test_a_log_gets_a_line_now_and_then():
    err = io.StringIO()
    list(console(err).follow(range(12), 12, "masks"))
    lines = err.getvalue().splitlines()
    assert 0 < len(lines) < 6
    assert all("masks" in line and "\r" not in line for line in lines)


def test_quiet_shows_no_progress_and_no_notes():
    err = Terminal()
    quiet = console(err, quiet=True)
    quiet.note("a note")
    list(quiet.follow(range(12), 12, "masks"))
    assert err.getvalue() == ""


def test_an_error_is_one_line_and_json_when_asked():
    err = io.StringIO()
    told = console(err, as_json=True)
    told.error(UserError("It broke", "mend it"))
    assert err.getvalue() == "It broke: mend it.\n"
    assert told.out.getvalue() == '{"error": "It broke", "remedy": "mend it"}\n'
