"""Whatever stops a command, there is no half of a result."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import main as program
from app.partial import clear_left_overs
from app.whole_folder import whole_folder
from tests.app.clips import write_frames, write_label

ROOT = Path(program.__file__).parent
LONG = 3000
DEADLINE_S = 60

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are those of POSIX")


def has_written_a_mask(folder):
    try:
        return any(folder.glob(".throughline-partial-*/*.png"))
    except FileNotFoundError:  # a trial folder that was there when the names were read
        return False


@pytest.fixture
def busy(request, tmp_path):
    """Return a process in the middle of carrying masks, which it writes to tmp_path / "out"."""
    # Run in the background, tests have children that ignore Ctrl+C, unless it is heeded here.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    request.addfinalizer(lambda: signal.signal(signal.SIGINT, before))
    clip = write_frames(tmp_path / "clip", 2)
    for frame in range(2, LONG):
        (clip / f"{frame:05d}.png").symlink_to(clip / f"{frame % 2:05d}.png")
    label = write_label(tmp_path / "first.png")
    command = [sys.executable, "main.py", "propagate", clip, "--labels", label, "--out", tmp_path / "out"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        deadline_s = time.monotonic() + DEADLINE_S
        while not has_written_a_mask(tmp_path):
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline_s
            time.sleep(0.002)
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_leaves_nothing_behind_and_says_so(busy, tmp_path, number, code):
    busy.send_signal(number)
    out, err = busy.communicate(timeout=DEADLINE_S)
    assert busy.returncode == code
    assert err.splitlines()[-1].endswith("nothing was written, run it again when you like.")
    assert "Traceback" not in err
    assert out == ""
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip", "first.png"]


def test_a_kill_leaves_no_result_that_could_be_taken_for_a_whole_one(busy, tmp_path):
    busy.kill()
    busy.communicate(timeout=DEADLINE_S)
    assert not (tmp_path / "out").exists()


def test_what_a_kill_leaves_goes_with_the_next_run_and_what_is_at_work_stays(busy, tmp_path):
    clear_left_overs(tmp_path)
    (living,) = tmp_path.glob(".throughline-partial-*/")
    assert any(living.glob("*.png")) and busy.poll() is None
    busy.kill()
    busy.communicate(timeout=DEADLINE_S)
    assert living.is_dir()
    with whole_folder(tmp_path / "out") as folder:
        assert not living.exists()
        (folder / "00000.png").touch()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip", "first.png", "out"]
