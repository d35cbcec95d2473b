"""The real files that people gave us, imported and seen in the window; left out where they are not to be had."""

from pathlib import Path

import numpy as np
import pytest

DATA = Path(__file__).parents[4] / "shared" / "data"

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the development data are not here")


@pytest.mark.parametrize(
    ("clip", "labels", "format_name", "n_objects"),
    [
        ("JPEGImages/480p/bmx-trees", "first_frame_multiobject/bmx-trees_00000.png", "davis", 2),
        ("boxes/otb-crossing/img", "boxes/otb-crossing/groundtruth_rect.txt", "otb", 1),
    ],
)
def test_labels_are_seen_where_they_lie(window, qtbot, clip, labels, format_name, n_objects):
    window.files.open_path(DATA / clip)
    qtbot.waitUntil(lambda: window.canvas.shown_frame == 0)
    plain = window.canvas.grab().toImage()
    window.files.import_from(DATA / labels, format_name)
    project = window.workspace.project
    qtbot.waitUntil(lambda: len(project.objects) == n_objects)
    qtbot.waitUntil(lambda: window.canvas.grab().toImage() != plain)
    seen = window.canvas.grab().toImage()
    ratio = seen.devicePixelRatio()
    for object_id in project.objects:
        mask = project.mask(project.label(object_id, 0).mask_id).decode()
        rows, columns = np.nonzero(mask)
        places = [window.canvas.viewport.to_view(x, y) for x, y in zip(columns[::50], rows[::50], strict=True)]
        at = [(round(x * ratio), round(y * ratio)) for x, y in places]
        differs = [seen.pixel(*place) != plain.pixel(*place) for place in at]
        assert np.mean(differs) > 0.9
    far = [(3, 3), (seen.width() - 4, seen.height() - 4)]
    assert all(seen.pixel(*place) == plain.pixel(*place) for place in far)
