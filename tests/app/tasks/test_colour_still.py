"""Stills coloured by hand: hints are exact, regions hold, samples and the answer are those of the network."""

import cv2
import numpy as np
import pytest

from app.media.clip import open_clip
from app.project.colour_draft import ColourAnswer, ColourDraft, ColourHint, ColourMix
from app.tasks import colour_levels
from app.tasks.colour_levels import grey_picture, label_picture
from app.tasks.colour_still import ColourRequest, StillColourer
from app.tasks.engine_loader import EngineLoader
from engines.cie_lab import luminance, to_lab, to_rgb
from engines.colour.sizes import SIZES
from engines.colour.weights import save_colour
from engines.labels.chroma import ChromaMap
from engines.labels.painting import Painting
from engines.labels.rle import RleMask
from engines.training.pictures import load_picture
from tests.app.clips import write_frames

WIDTH, HEIGHT = 120, 90
GREY = ColourAnswer("grey")


@pytest.fixture(scope="module")
def image():
    return cv2.resize(load_picture("coffee"), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    import torch

    from engines.colour.network import ColourNetwork

    torch.manual_seed(0)
    file = tmp_path_factory.mktemp("weights") / "untaught.safetensors"
    about = {"name": "untaught", "title": "Untaught", "summary": "Untaught.", "command": ""}
    save_colour(ColourNetwork(SIZES["small"]), file, about)
    return file


@pytest.fixture(scope="module")
def colourer(weights, tmp_path_factory):
    clip = open_clip(write_frames(tmp_path_factory.mktemp("clip") / "clip", 2))
    made = StillColourer(clip, EngineLoader(), str(weights))
    yield made
    made.close()


def request(image, draft, regions=None, labels=None):
    return ColourRequest(0, image, draft, regions or {}, labels or {})


def look(colourer, *given):
    return list(colourer.look(request(*given)))[-1].image


def chroma_at(picture, x, y):
    return to_lab(picture[y, x])[1:]


def test_a_hint_has_its_colour_and_grey_stays_grey_without_any(colourer, image):
    plain = look(colourer, image, ColourDraft(GREY))
    assert np.abs(plain.astype(int) - plain[..., :1]).max() <= 1
    hint = ColourHint(((40.0, 30.0),), (20.0, 10.0))
    picture = look(colourer, image, ColourDraft(GREY, hints=(hint,)))
    assert np.allclose(chroma_at(picture, 40, 30), (20, 10), atol=1.5)
    assert np.abs(luminance(picture) - luminance(image)).mean() < 0.5


def test_a_hint_within_an_object_ends_at_its_border(colourer, image):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[20:60, 30:80] = True
    hint = ColourHint(((40.0, 30.0),), (20.0, 10.0), object_id=7)
    draft = ColourDraft(GREY, hints=(hint,))
    plain, picture = look(colourer, image, ColourDraft(GREY)), look(colourer, image, draft, {7: RleMask.encode(mask)})
    assert np.array_equal(plain[~mask], picture[~mask]) and not np.array_equal(plain[mask], picture[mask])
    assert np.array_equal(look(colourer, image, draft), plain)  # the object has no mask here


def test_samples_are_drawn_and_laid_under_hints_or_in_a_region(colourer, image):
    drawn = [each for each in colourer.samples(request(image, ColourDraft()), 3, range(2)) if each is not None]
    assert [each.answer for each in drawn] == [ColourAnswer(), *(ColourAnswer("sample", 3, k) for k in range(2))]
    assert max(drawn[0].image.shape) <= colour_levels.THUMBNAIL_PX
    answer, sample = (look(colourer, image, ColourDraft(each.answer)) for each in drawn[:2])
    assert not np.array_equal(answer, sample)
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[:, :60] = True
    mixed = look(colourer, image, ColourDraft(ColourAnswer(), (ColourMix(drawn[1].answer, RleMask.encode(mask)),)))
    assert np.array_equal(mixed[:, :50], sample[:, :50]) and np.array_equal(mixed[:, 70:], answer[:, 70:])


def test_likely_colours_and_classes_are_told(colourer, image):
    (likely,) = colourer.likely(request(image, ColourDraft()), 40, 30)
    assert 1 <= len(likely.colours) <= 5 and likely.colours[0][0] == pytest.approx(float(luminance(image[30, 40])))
    (found,) = colourer.classes(request(image, ColourDraft()))
    assert found.classes.dtype == np.uint8 and found.classes.min() >= 0


def test_a_label_is_shown_in_its_colours_and_says_what_was_never_seen(colourer, image):
    lab = to_lab(image)
    seen = np.ones((HEIGHT, WIDTH), np.float32)
    seen[:, :30] = 0.2
    label = ChromaMap.encode(lab[..., 1:], seen)
    (shown,) = colourer.look(request(image, ColourDraft(ColourAnswer("label")), None, {0: label}))
    assert np.abs(shown.image.astype(int) - image).mean() < 2
    assert shown.unseen[:, :29].all() and not shown.unseen[:, 31:].any()
    painting = Painting.encode(cv2.cvtColor(image, cv2.COLOR_RGB2RGBA))
    assert np.abs(label_picture(grey_picture(lab[..., 0]), painting).astype(int) - image).max() <= 3


def test_what_is_kept_is_what_is_seen(colourer, image):
    draft = ColourDraft(ColourAnswer(), hints=(ColourHint(((40.0, 30.0), (80.0, 30.0)), (20.0, 10.0), 5),))
    (kept,) = colourer.keep(request(image, draft))
    assert np.array_equal(kept.painting.decode()[..., :3], look(colourer, image, draft))


def test_a_reference_gives_its_colours(colourer, image, tmp_path):
    file = tmp_path / "reference.png"
    cv2.imwrite(str(file), cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    draft = ColourDraft(ColourAnswer("reference", path=str(file)))
    picture = look(colourer, grey_picture(luminance(image)), draft)
    gap = np.sqrt(np.mean((to_lab(picture)[..., 1:] - to_lab(image)[..., 1:]) ** 2))
    assert gap < 0.6 * np.sqrt(np.mean(to_lab(image)[..., 1:] ** 2))
    (small,) = colourer.reference(request(image, draft))
    assert small.image.shape == image.shape


def test_a_large_picture_comes_roughly_first(colourer, image, monkeypatch):
    monkeypatch.setattr(colour_levels, "MOST_PREVIEW_PX", 2000)
    draft = ColourDraft(GREY, hints=(ColourHint(((40.0, 30.0),), (20.0, 10.0)),))
    rough, whole = colourer.look(request(image.copy(), draft))
    assert (rough.is_final, whole.is_final) == (False, True) and rough.image.shape == whole.image.shape
    assert np.abs(rough.image.astype(int) - whole.image).mean() < 6


def test_without_a_network_hints_work_and_the_reason_is_known(image, tmp_path):
    clip = open_clip(write_frames(tmp_path / "clip", 1))
    made = StillColourer(clip, EngineLoader(), str(tmp_path / "none.safetensors"))
    assert "no weights" in made.why_no_network and "--" not in made.why_no_network
    picture = look(made, image, ColourDraft(hints=(ColourHint(((40.0, 30.0),), (20.0, 10.0)),)))
    assert np.allclose(chroma_at(picture, 40, 30), (20, 10), atol=1.5)
    assert list(made.samples(request(image, ColourDraft()), 0, range(2))) == []
    assert list(made.likely(request(image, ColourDraft()), 1, 1)) == []
    made.close()


def test_grey_is_without_colour_and_as_light():
    light = np.linspace(0, 100, 50, dtype=np.float32).reshape(5, 10)
    grey = grey_picture(light)
    assert (
        np.array_equal(grey, to_rgb(np.stack([light, 0 * light, 0 * light], -1)))
        or np.abs(luminance(grey) - light).max() < 0.3
    )
