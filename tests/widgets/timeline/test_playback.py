"""Playing: by the time stamps, never faster than pictures come, with what was passed over counted."""

import pytest

from widgets.timeline.playback import Playback


class Clock:
    """A stopwatch that a test sets."""

    def __init__(self):
        self.now_ms = 0
        self.start_ms = 0

    def start(self):
        self.start_ms = self.now_ms

    restart = start

    def elapsed(self):
        return self.now_ms - self.start_ms


@pytest.fixture
def player(workspace):
    made = Playback(workspace)
    made._clock = Clock()
    made._timer.setInterval(1_000_000)  # the test ticks
    yield made
    workspace.view.is_playing = False


def tick(player, now_ms):
    player._clock.now_ms = now_ms
    player._on_tick()


def test_frames_change_when_their_time_stamp_has_come(player, workspace):
    workspace.view.is_playing = True
    times_ms = workspace.clip.times_s * 1000
    for frame in range(1, 6):
        tick(player, times_ms[frame] - 2)
        assert workspace.view.frame == frame - 1
        tick(player, times_ms[frame] + 1)
        assert workspace.view.frame == frame


def test_the_next_frame_waits_for_the_picture_and_the_skipped_are_counted(player, workspace):
    said = []
    player.told.connect(said.append)
    workspace.is_decoding = True
    workspace.view.is_playing = True
    tick(player, 70)
    assert workspace.asked == [1]
    tick(player, 400)
    assert workspace.asked == [1]
    workspace.deliver()
    tick(player, 412)
    assert workspace.asked == [1, 7]
    workspace.view.is_playing = False
    assert said[-1] == "5 frames dropped"


def test_without_a_loop_it_ends_on_the_last_frame_and_begins_again_from_there(player, workspace):
    workspace.view.loop = False
    workspace.request_frame(38)
    workspace.view.is_playing = True
    tick(player, 70)
    tick(player, 5000)
    assert not workspace.view.is_playing
    assert workspace.view.frame == 39
    workspace.view.is_playing = True
    assert workspace.view.frame == 0


def test_a_selected_range_is_played_round_and_round(player, workspace):
    workspace.view.range = (10, 12)
    workspace.request_frame(11)
    workspace.view.is_playing = True
    for step in range(1, 40):
        tick(player, step * 25)
    assert set(workspace.asked) == {10, 11, 12}


def test_stepping_while_it_plays_goes_on_from_there(player, workspace):
    workspace.view.is_playing = True
    tick(player, 60)
    workspace.request_frame(20)
    tick(player, 60 + 55)
    assert workspace.view.frame == 21


def test_a_still_does_not_play(make_workspace):
    workspace = make_workspace(n_frames=1)
    player = Playback(workspace)
    workspace.view.is_playing = True
    assert not workspace.view.is_playing
    assert not player._timer.isActive()
