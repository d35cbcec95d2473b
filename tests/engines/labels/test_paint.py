"""Pictures, sheets and chroma come back from their bytes as they were, and nothing hostile gets in."""

import struct
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.labels.alpha import multiplied, straight
from engines.labels.chroma import ChromaMap
from engines.labels.painting import TILE_PX, Painting, tiled, tiles_of
from engines.labels.rle import RleMask
from engines.labels.sheets import MAX_SHEETS, Sheet, Sheets


def picture(seed, width=150, height=90):
    """Return paint on a part of a picture, RGBA multiplied."""
    rng = np.random.default_rng(seed)
    rgba = np.zeros((height, width, 4), np.uint8)
    rows, columns = np.sort(rng.integers(0, height, 2)), np.sort(rng.integers(0, width, 2))
    part = rgba[rows[0] : rows[1], columns[0] : columns[1]]
    part[:] = rng.integers(0, 256, part.shape)
    return multiplied(rgba)


def sheet(seed=0, n=30, **more):
    rng = np.random.default_rng(seed)
    arrays = {
        "rest": rng.uniform(-5, 90, (n, 2)),
        "triangles": rng.integers(0, n, (40, 3)),
        "vertices": rng.uniform(-5, 90, (n, 2)),
        "visible": rng.integers(0, 256, n),
    }
    return Sheet(**({"frame": 3} | arrays | more))


def chroma(seed, width=20, height=12):
    rng = np.random.default_rng(seed)
    return ChromaMap.encode(rng.uniform(-110, 110, (height, width, 2)), rng.uniform(0, 1, (height, width)))


BLOCKS = {
    "picture": (Painting.encode(picture(2)).to_bytes(), lambda data: Painting.from_bytes(data, (150, 90))),
    "sheets": (Sheets.of([sheet(1), sheet(2, share=0.5)]).to_bytes(), Sheets.from_bytes),
    "chroma": (chroma(1).to_bytes(), lambda data: ChromaMap.from_bytes(data, (150, 90))),
}


@given(st.integers(0, 1000))
def test_a_picture_is_kept_without_loss(seed):
    rgba = picture(seed)
    painting = Painting.encode(rgba)
    assert np.array_equal(painting.decode(), rgba)
    again = Painting.from_bytes(painting.to_bytes(), (150, 90))
    assert again == painting and hash(again) == hash(painting)
    assert painting.is_nothing == (not rgba.any())
    left, top, right, bottom = painting.box
    outside = np.ones(rgba.shape[:2], bool)
    outside[top:bottom, left:right] = False
    assert not rgba[outside].any()


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 149), st.integers(0, 89))
def test_a_part_that_is_coded_alone_gives_what_the_whole_gives(seed, other, x, y):
    before, after = picture(seed), picture(seed)
    box = tiled((x, y, x + 20, y + 30), 150, 90)
    left, top, right, bottom = box
    after[top:bottom, left:right] = picture(other)[top:bottom, left:right]
    part = after[top:bottom, left:right]
    assert Painting.encode(before).with_parts([(part, (left, top))]) == Painting.encode(after)
    tiles = tiles_of((x, y, x + 20, y + 30), 150, 90)
    parts = [(after[tile[1] : tile[3], tile[0] : tile[2]], tile[:2]) for tile in tiles]
    assert Painting.encode(before).with_parts(parts) == Painting.encode(after)


def test_a_part_that_is_not_made_of_tiles_is_refused():
    with pytest.raises(ValueError, match="tiles"):
        Painting.empty(150, 90).with_parts([(np.zeros((10, 10, 4), np.uint8), (0, 0))])


def test_alpha_is_multiplied_and_taken_out_again():
    rgba = np.zeros((1, 3, 4), np.uint8)
    rgba[0] = [[200, 100, 50, 255], [200, 100, 50, 128], [9, 9, 9, 0]]
    again = straight(multiplied(rgba))
    assert np.abs(again[0, :2].astype(int) - rgba[0, :2]).max() <= 1
    assert not again[0, 2].any()


@given(st.integers(0, 1000), st.floats(0, 1))
def test_sheets_are_kept_as_they_are_rounded(seed, share):
    sheets = Sheets.of([sheet(seed, share=share), sheet(seed + 1)])
    again = Sheets.from_bytes(sheets.to_bytes())
    assert again == sheets and hash(again) == hash(sheets)
    for one, other in zip(again.sheets, sheets.sheets, strict=True):
        assert np.array_equal(one.vertices, other.vertices) and np.array_equal(one.triangles, other.triangles)
    left, top, right, bottom = sheets.box
    assert all((s.vertices >= [left, top]).all() and (s.vertices <= [right, bottom]).all() for s in sheets.sheets)


@pytest.mark.parametrize(
    "more",
    [
        {"vertices": np.full((30, 2), np.nan)},
        {"vertices": np.full((30, 2), 1e7)},
        {"vertices": np.zeros((29, 2))},
        {"triangles": np.array([[0, 1, 30]])},
        {"triangles": np.zeros((0, 3), int)},
        {"visible": np.zeros(29)},
        {"share": 1.5},
        {"frame": -1},
    ],
)
def test_a_sheet_that_makes_no_sense_is_refused(more):
    with pytest.raises(ValueError, match="sheet"):
        Sheets.of([sheet(**more)])


@given(st.integers(0, 1000))
def test_chroma_is_kept_to_half_a_unit(seed):
    rng = np.random.default_rng(seed)
    told = rng.uniform(-110, 110, (7, 9, 2)), rng.uniform(0, 1, (7, 9))
    found = ChromaMap.from_bytes(ChromaMap.encode(*told).to_bytes(), (9, 7))
    values, seen = found.decode()
    assert np.abs(values - told[0]).max() <= 0.5001
    assert np.abs(seen - told[1]).max() <= 0.5 / 255 + 1e-6


@pytest.mark.parametrize("name", BLOCKS)
@given(data=st.data())
def test_bytes_that_are_cut_or_turned_are_refused_or_read_as_something_sound(name, data):
    whole, read = BLOCKS[name]
    block = bytearray(whole)
    if data.draw(st.booleans()):
        del block[data.draw(st.integers(0, len(block) - 1)) :]
    else:
        block[data.draw(st.integers(0, len(block) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        found = read(bytes(block))
    except ValueError:
        return
    if not isinstance(found, Sheets):
        found.decode()
    assert read(found.to_bytes()) == found


@pytest.mark.parametrize("name", BLOCKS)
def test_what_is_something_else_is_refused(name):
    with pytest.raises(ValueError):
        BLOCKS[name][1](RleMask.encode(np.ones((90, 150), bool)).to_bytes())


def test_what_would_inflate_to_more_than_it_may_is_refused():
    bomb = zlib.compress(bytes(50 << 20), 9)
    tiles = 3 * 2
    lengths = np.zeros(tiles, "<u4")
    lengths[0] = len(bomb)
    with pytest.raises(ValueError, match="damaged"):
        Painting.from_bytes(struct.pack("<4sII", b"TLI1", 150, 90) + lengths.tobytes() + bomb, (150, 90))
    with pytest.raises(ValueError, match="damaged"):
        ChromaMap.from_bytes(struct.pack("<4sII", b"TLC1", 150, 90) + bomb, (150, 90))
    with pytest.raises(ValueError, match="damaged"):
        Sheets.from_bytes(struct.pack("<4sII", b"TLS1", 1, 1000) + bomb)
    with pytest.raises(ValueError, match="sheets of"):
        Sheets.from_bytes(struct.pack("<4sII", b"TLS1", MAX_SHEETS + 1, 0))
    with pytest.raises(ValueError, match="chroma of"):
        ChromaMap.from_bytes(struct.pack("<4sII", b"TLC1", 4000, 90) + bomb, (150, 90))
    with pytest.raises(ValueError, match="instead of"):
        Painting.from_bytes(Painting.empty(60, 60).to_bytes(), (150, 90))
    assert TILE_PX == 64
