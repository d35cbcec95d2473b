"""The index of packets and frames, and where decoding begins."""

import numpy as np
import pytest

from app.media import packets as packets_module
from app.media.clip import open_clip
from app.media.index import is_orderly, make_index, order_by_decoding, order_by_time
from app.media.index_cache import load_facts, store_facts
from app.media.packets import NO_TIME, PacketTable, demuxed, read_packets
from app.media.survey import survey
from app.media.video_file import open_video
from tests.app.media.clips import STEP, with_later_start


def table(pts, *, keys=(0,), hidden=()):
    n = len(pts)
    is_key, is_shown = np.zeros(n, bool), np.ones(n, bool)
    is_key[list(keys)], is_shown[list(hidden)] = True, False
    numbers = np.arange(n, dtype=np.int64)
    return PacketTable(np.array(pts, np.int64), numbers, numbers * 100, numbers * 0 + 50, is_key, is_shown)


def index_of(packets, order=None, *, trusts_keys=True):
    order = order_by_time(packets) if order is None else np.array(order)
    return make_index(packets, order, set(), trusts_keys=trusts_keys, is_checked=False)


def test_frames_come_in_the_order_of_their_times():
    index = index_of(table([0, 3, 1, 2, 6, 4, 5]))
    assert index.packet_of_frame.tolist() == [0, 2, 3, 1, 5, 6, 4]
    assert index.frame_of_packet.tolist() == [0, 3, 1, 2, 6, 4, 5]
    assert index.one_packet_one_frame


def test_leading_pictures_of_an_open_group_begin_with_the_group_before():
    # In decoding order I0 P3 B1 B2 | I6 B4 B5 P9 B7 B8
    index = index_of(table([0, 3, 1, 2, 6, 4, 5, 9, 7, 8], keys=(0, 4)))
    assert [index.key_of(frame) for frame in range(10)] == [0, 0, 0, 0, 0, 0, 1, 1, 1, 1]


def test_what_an_early_picture_may_build_on_is_known_by_its_horizon():
    index = index_of(table([0, 3, 1, 2, 6, 4, 5]))
    assert [int(index.horizon_of_packet[index.packet_of_frame[f]]) for f in range(7)] == [0, 3, 3, 3, 6, 6, 6]


def test_keys_that_are_not_trusted_leave_the_start():
    index = index_of(table([0, 1, 2, 3], keys=(0, 1, 2, 3)), trusts_keys=False)
    assert index.key_packets.tolist() == [0]


def test_a_key_that_an_edit_list_hides_still_serves_the_frames_after_it():
    index = index_of(table(range(8), keys=(0, 4), hidden=(0, 1, 2, 3, 4, 5)))
    assert index.packet_of_frame.tolist() == [6, 7]
    assert index.key_packets[index.key_of(1)] == 4


def test_lost_packets_keep_their_place_in_time():
    packets = table([0, 3, 1, 2, 6, 4, 5])
    assert order_by_decoding(packets, [0, 2, 1, 6, 4], [3, 5]).tolist() == [0, 2, 3, 1, 5, 6, 4]


def test_packets_lost_before_the_first_picture_are_no_frames():
    assert order_by_decoding(table(range(5)), [2, 3, 4], [0, 1]).tolist() == [2, 3, 4]


@pytest.mark.parametrize(
    "pts, is_good",
    [([0, 2, 1], True), ([0, 1, 1], False), ([0, NO_TIME, 2], False)],
    ids=["reordered", "doubled", "missing"],
)
def test_what_counts_as_orderly(pts, is_good):
    assert is_orderly(table(pts)) == is_good


def same_table(one, other):
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in vars(PacketTable)["__match_args__"])


@pytest.mark.parametrize("name", ["h264 in open groups", "hevc in open groups", "prores", "uneven times", "late start"])
def test_the_files_own_index_says_what_its_packets_say(made, name, monkeypatch):
    container, stream = open_video(made(name))
    with container:
        truth = demuxed(container, stream)
    monkeypatch.setattr(packets_module, "_PROBE_PACKETS", 3)
    container, stream = open_video(made(name))
    with container:
        samples = packets_module.indexed_samples(container, stream)
        assert samples is not None and len(samples.dts) == len(truth)
        assert same_table(packets_module._from_index(container, stream, samples), truth)


def test_an_edit_list_is_part_of_the_files_own_index(made, tmp_path):
    path = with_later_start(made("h264 in open groups"), tmp_path / "cut.mp4", 13 * STEP)
    container, stream = open_video(path)
    with container:
        truth = demuxed(container, stream)
    container, stream = open_video(path)
    with container:
        assert same_table(read_packets(container, stream), truth)
    assert not truth.is_shown.all()


def test_an_index_that_packets_contradict_is_not_relied_on(made):
    container, stream = open_video(made("h264 with B-frames"))
    with container:
        samples = packets_module.indexed_samples(container, stream)
        wrong = type(samples)(**{**vars(samples), "composition_offset": samples.composition_offset[::-1]})
        assert packets_module._from_index(container, stream, samples) is not None
        assert packets_module._from_index(container, stream, wrong) is None


def test_what_was_found_out_is_kept_and_forgotten_when_the_file_changes(made, tmp_path):
    path = tmp_path / "clip.mkv"
    path.write_bytes(made("h264 in open groups, mkv").read_bytes())
    facts = survey(path)
    assert load_facts(path) is None
    store_facts(facts)
    again = load_facts(path)
    assert same_table(again.index.packets, facts.index.packets)
    for name in ("packet_of_frame", "frame_of_packet", "key_packets", "key_frames", "bad_packets", "is_checked"):
        np.testing.assert_array_equal(getattr(again.index, name), getattr(facts.index, name))
    assert (again.width, again.height, again.orientation, again.notices) == (96, 64, (0, False), ())
    path.write_bytes(made("ffv1 of 10 bit").read_bytes())
    assert load_facts(path) is None


def test_a_damaged_copy_of_what_was_found_out_is_as_good_as_none(made, own_home):
    path = made("vp9")
    store_facts(survey(path))
    (kept,) = own_home.rglob("*.npz")
    kept.write_bytes(kept.read_bytes()[:200])
    assert load_facts(path) is None


def test_a_clip_opens_from_what_was_kept(made, monkeypatch):
    monkeypatch.setattr("app.media.clip._SMALL_BYTES", 0)
    monkeypatch.setattr("app.media.clip.KEPT_FROM_S", -1)
    first = open_clip(made("h264 in open groups, ts"))
    monkeypatch.setattr("app.media.clip.survey", None)
    again = open_clip(made("h264 in open groups, ts"))
    assert again.fingerprint == first.fingerprint
    with first.open() as one, again.open() as other:
        for frame in (33, 2, 18):
            np.testing.assert_array_equal(one.image(frame), other.image(frame))
