"""Points of rendered scenes are judged by TAP-Vid's measures, every way on the same truth."""

import pytest

from app.tasks.bench_tap import WAYS, TapRow, bench_tap, mean_taps, tap_facts, tap_table
from app.tasks.engine_loader import EngineLoader


def test_every_way_is_measured_and_following_beats_staying():
    rows = {row.way: row for row in bench_tap(1, EngineLoader(), "cpu", n_frames=5)}
    assert tuple(rows) == WAYS
    for row in rows.values():
        assert 0 <= row.average_jaccard <= row.position_accuracy <= 1
        assert 0 <= row.occlusion_accuracy <= 1
        assert row.frames_per_s > 0
    assert rows["learned"].average_jaccard > rows["stay"].average_jaccard
    assert rows["dis-chain"].average_jaccard > rows["stay"].average_jaccard


def test_means_are_over_scenes_and_the_table_is_markdown():
    rows = [TapRow("scene 0", "stay", 0.2, 0.3, 1.0, 10.0), TapRow("scene 1", "stay", 0.4, 0.5, 0.5, 20.0)]
    (mean,) = mean_taps(rows)
    assert (mean.scene, mean.average_jaccard, mean.frames_per_s) == ("mean of 2", pytest.approx(0.3), 15.0)
    lines = tap_table(rows).splitlines()
    assert lines[2] == "| stay | 0.300 | 0.200 to 0.400 | 0.400 | 0.750 | 15.0 |"
    assert tap_facts(mean)["occlusion_accuracy"] == 0.75
