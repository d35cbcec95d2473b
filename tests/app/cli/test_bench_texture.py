"""Textures measured on the command line."""

import pytest

from app.cli import bench_texture_suites
from app.cli.bench import SUITES
from app.tasks import bench_texture
from app.tasks.bench_texture import WAYS
from engines.training import sheet

SMALL = sheet.sheet_scene(0, 320, 180, 5)


@pytest.fixture(autouse=True)
def one_small_sheet(monkeypatch):
    monkeypatch.setattr(bench_texture_suites, "PICTURES", sheet.PICTURES[:1])
    monkeypatch.setattr(bench_texture, "sheet_scene", lambda number, n_frames: SMALL)


def test_a_row_for_each_sheet_and_way_and_their_means(run):
    assert SUITES["texture"].is_long
    answer = run("bench", "texture", "--counts", SMALL.n_frames, "--quality", "draft", "--json")
    assert answer.code == 0, answer.err
    rows = {(row["scene"], row["way"]): row for row in answer.facts["texture"]}
    assert set(rows) == {(name, way) for name in (sheet.PICTURES[0][0], "mean") for way in WAYS}
    mean = {way: rows["mean", way] for way in WAYS}
    assert mean["mesh"]["seen_px"] < min(mean["dis-chain"]["seen_px"], mean["stay"]["seen_px"])
    assert mean["mesh"]["mapped"] > 0.7 and mean["mesh"]["false"] < 0.1 and mean["mesh"]["frames_per_s"] > 0
