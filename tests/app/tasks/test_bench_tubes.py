import cv2
import numpy as np
import pytest

from app.errors import UserError
from app.formats.mask_png import davis_palette, write_mask
from app.tasks.bench_tubes import (
    NOT_CARRIED,
    ONCE,
    OURS,
    bench_tubes,
    find_tube_sequences,
    mean_tubes,
    recall_of,
    tubes_table,
)
from app.tasks.engine_loader import EngineLoader
from engines.metrics.tubes import FIRST
from engines.training.scene import SceneFrames
from tests.engines.propagation.test_flow import line, moving_disc

N_FRAMES = 5


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """One rendered sequence with masks, and the same with boxes only."""
    folder = tmp_path_factory.mktemp("data")
    scene = moving_disc(line((40, 45), (5, 3), N_FRAMES))
    pictures, truth = (folder / part / "480p" / "disc" for part in ("JPEGImages", "Annotations"))
    boxes = folder / "boxes" / "boxed"
    for place in (pictures, truth, boxes / "img"):
        place.mkdir(parents=True)
    rects = []
    for frame in range(N_FRAMES):
        mask = (scene.ids(frame) == 1).astype(np.uint8)
        for place in (pictures, boxes / "img"):
            cv2.imwrite(str(place / f"{frame:05d}.png"), SceneFrames(scene).image(frame)[..., ::-1])
        write_mask(truth / f"{frame:05d}.png", mask, davis_palette())
        rects.append(",".join(map(str, cv2.boundingRect(mask))))
    (boxes / "groundtruth_rect.txt").write_text("\n".join(rects))
    return folder


def test_sequences_are_those_with_masks_or_boxes(data):
    assert find_tube_sequences(data, None) == ["disc", "boxed"]
    assert find_tube_sequences(data, ["boxed"]) == ["boxed"]
    with pytest.raises(UserError, match="no sequence cow"):
        find_tube_sequences(data, ["cow"])


def test_every_way_has_a_row_and_ours_has_masks(data):
    ways = (OURS, NOT_CARRIED, ONCE)
    rows = list(bench_tubes(data, "disc", EngineLoader(), ways=ways))
    assert [row.way for row in rows] == list(ways)
    for row in rows:
        best = list(row.boxes.values())
        assert best == sorted(best) and 0 <= best[0] <= best[-1] <= 1 and row.shared_s > 0
        assert (row.masks is not None) == (row.way in {OURS, NOT_CARRIED})
    masks = {row.way: row.masks for row in rows}
    assert all(masks[OURS][n] <= masks[NOT_CARRIED][n] for n in FIRST) and masks[OURS][120] > 0.5
    boxed = list(bench_tubes(data, "boxed", EngineLoader(), ways=(ONCE,)))
    once = next(row for row in rows if row.way == ONCE)
    assert once.boxes == pytest.approx(boxed[0].boxes, abs=0.02), "the same object by its masks and by its boxes"
    rows += boxed
    means = mean_tubes(rows)
    assert [row.way for row in means] == list(ways) and means[0].masks == rows[0].masks
    assert set(recall_of(rows, ONCE)) == {"boxes"} and set(recall_of(rows, OURS)) == {"boxes", "masks"}
    assert set(recall_of(rows, ONCE)["boxes"].values()) <= {0.0, 0.5, 1.0}
    lines = tubes_table([*rows, *means]).splitlines()
    assert len(lines) == 2 + len(rows) + len(ways) and len({line.count("|") for line in lines}) == 1
