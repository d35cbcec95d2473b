"""Points carried from anchors through a clip: joints of an animal, or any places of a surface.

Each frame offers a few places for each point (`point_sweep`), each is moved to where it matches the anchor's own patch
(`point_looks`), and one way through all of them is chosen at the end (`point_path`): from an anchor onwards, or from
one anchor to the next, joining both. Because every place is compared with anchors and with nothing that was decided on
the way, errors do not add up, and a point that was covered is found again.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engines.correspondence.feature_cache import FeatureCache
from engines.correspondence.feature_reader import FeatureExtractor, FeatureReader
from engines.correspondence.frame_features import FINE_STRIDE, FrameFeatures
from engines.device import one_torch_thread
from engines.frame_source import FrameSource
from engines.propagation.flow_settings import SETTINGS as FLOW_SETTINGS
from engines.propagation.flow_settings import pixel_linker, working_size
from engines.propagation.kept_links import KeptLinks
from engines.propagation.look_ahead import KeptFrames, Linker, LookAhead
from engines.propagation.pixel_links import PixelLink, WorkingPicture
from engines.propagation.point_confidence import PointSigns, chance_right, is_seen
from engines.propagation.point_looks import Grids, Likeness, Look, look, sight
from engines.propagation.point_path import PathSettings, best_paths
from engines.propagation.point_stretches import (
    Known,
    PointAnchor,
    PointStep,
    PointStretch,
    PointTracks,
    given,
    stretches_between,
)
from engines.propagation.point_sweep import Offer, PointSweep, SweepSettings
from engines.propagation.types import Direction, Quality


@dataclass(frozen=True, slots=True)
class PointSettings:
    """Constants of the engine; see the parts."""

    sweep: SweepSettings = field(default_factory=SweepSettings)
    path: PathSettings = field(default_factory=PathSettings)


class PointEngine:
    """Carries points by features, flow and the anchors' patches."""

    def __init__(self, extractor: FeatureExtractor, settings: PointSettings | None = None) -> None:
        self._extractor = extractor
        self._settings = settings or PointSettings()

    def carry(
        self,
        frames: FrameSource,
        anchors: Sequence[PointAnchor],
        groups: NDArray[np.int64],
        direction: Direction = "both",
        quality: Quality = "normal",
        wanted: NDArray[np.bool_] | None = None,
    ) -> Generator[PointStep | PointTracks]:
        """Yield a step for each frame gone through, with what is known by it, then the `PointTracks`.

        Parameters
        ----------
        frames
            The clip. It is read ahead by threads of the engine's own, one at a time and only until the generator has
            ended or is closed.
        anchors
            At most one for each frame, all with the same points; what they place comes out as it is, and points that
            one of them does not place are followed there as elsewhere.
        groups
            int64 (p,), which animal each point belongs to.
        direction
            ``forward`` uses only the anchors before a frame, ``backward`` only those after it.
        quality
            How fine flow is.
        wanted
            bool (frames, p), which points are wanted where, all of them by default; others may come along.

        What is known for the time being is the best way from one anchor alone, on its first time through. Raises
        ValueError where anchors do not fit the clip or one another. Memory grows by about a kilobyte for each point
        and frame of the longest stretch.
        """
        tracks = given(anchors, len(frames), len(groups))
        stretches = stretches_between(anchors, len(frames), direction, wanted)
        total = sum(stretch.n_visits for stretch in stretches)
        n_done = 0
        with one_torch_thread():
            for stretch in stretches:
                with closing(self._along(frames, stretch, groups[stretch.points], tracks, quality)) as visits:
                    for known in visits:
                        n_done += 1
                        yield PointStep(n_done, total, known)
        yield tracks

    def _along(
        self,
        frames: FrameSource,
        stretch: PointStretch,
        groups: NDArray[np.int64],
        tracks: PointTracks,
        quality: Quality,
    ) -> Generator[Known | None]:
        """Fill `tracks` in one stretch; yields what is known by each frame gone through."""
        kept = KeptFrames(frames)
        reader = FeatureReader(kept, self._extractor)
        clip = _Clip(kept, reader, self._extractor.cache, quality)
        ends = [end for end in (stretch.start, stretch.end) if end is not None]
        places = {end.frame: clip.inward(end.positions) for end in ends}
        looks = [clip.look(end.frame, places[end.frame], end.visible) for end in ends]
        longest = max(FLOW_SETTINGS[quality].steps)
        start = stretch.start
        sweep = PointSweep(start.frame, places[start.frame], groups, self._settings.sweep, self._settings.path, longest)
        path, n_left = stretch.path, stretch.n_visits
        for _ in clip.go(sweep, path, looks):
            n_left -= 1
            if n_left:
                frame = sweep.offers[-1].frame
                _write(tracks, stretch, sweep.offers[-2:], sweep.latest(), clip)
                yield Known(tracks, range(frame, frame + 1), stretch.points, is_final=False)
        offers = sweep.offers
        if stretch.end is not None:
            known = {offer.frame: offer for offer in offers}
            back = PointSweep(
                stretch.end.frame, places[stretch.end.frame], groups, self._settings.sweep, self._settings.path, longest
            )
            way_back = range(stretch.end.frame, start.frame - stretch.step, -stretch.step)
            for _ in clip.go(back, way_back, looks, known, places[start.frame]):
                n_left -= 1
                if n_left:
                    yield None
            offers = back.offers
        taken = best_paths([offer.places for offer in offers], groups, self._settings.path)
        _write(tracks, stretch, offers, taken, clip)
        yield Known(tracks, stretch.frames, stretch.points, is_final=True)


class _Clip:
    """A clip as points are carried through it: pictures, features and links, at the size that they are encoded at."""

    def __init__(self, frames: KeptFrames, reader: FeatureReader, cache: FeatureCache | None, quality: Quality) -> None:
        self._frames, self._reader = frames, reader
        self._flow = FLOW_SETTINGS[quality]
        self._working = working_size(frames.width, frames.height, self._flow)
        found = pixel_linker(*self._working, self._flow)
        self._linker = _Onwards(found if cache is None else KeptLinks(found, frames.fingerprint, cache))
        self.size = reader.size
        self.grids = Grids(reader.grid(shown=self.size), reader.grid(FINE_STRIDE, shown=self.size), self.size)
        self._scale = (self.size[0] / frames.width, self.size[1] / frames.height)

    def inward(self, positions: NDArray[np.float64]) -> NDArray[np.float32]:
        """Return positions of the clip on the picture as encoded."""
        return ((positions + 0.5) * self._scale - 0.5).astype(np.float32)

    def outward(self, positions: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return positions on the picture as encoded on the clip's."""
        return (positions.astype(np.float64) + 0.5) / self._scale - 0.5

    def look(self, frame: int, places: NDArray[np.float32], visible: NDArray[np.bool_]) -> Look:
        """Return what points look like on an anchor."""
        seen = sight(self._reader.at(frame), self._frames.image(frame), self.grids)
        return look(seen, self.grids, places, visible)

    def go(
        self,
        sweep: PointSweep,
        path: range,
        looks: list[Look],
        known: dict[int, Offer] | None = None,
        ends_at: NDArray[np.float32] | None = None,
    ) -> Iterator[None]:
        """Take `sweep` along `path`, whose last frame is an anchor where points `ends_at` is given."""
        steps = self._flow.steps
        scale = self._working[0] / self.size[0], self._working[1] / self.size[1]
        see = self._reader.at
        ahead: LookAhead[FrameFeatures] = LookAhead(self._frames, path, self._working, self._linker, steps, see)
        with closing(ahead):
            for place, frame in enumerate(path):
                ahead.picture(frame)
                if place == 0:
                    continue
                features = ahead.seen(frame)
                assert features is not None
                seen = Likeness(sight(features, self._frames.image(frame), self.grids), self.grids, looks)
                links = ahead.links(frame, place)
                ends = ends_at if frame == path[-1] else None
                sweep.advance(frame, seen, links, scale, self.size, (known or {}).get(frame), ends)
                yield


class _Onwards:
    """Links that lead from where a sweep comes from to where it goes, the other way round than labels are fetched."""

    def __init__(self, linker: Linker) -> None:
        self._linker = linker

    def link(self, here: WorkingPicture, there: WorkingPicture, frames: tuple[int, int]) -> PixelLink:
        """Return the link from the pixels of `there` to `here`."""
        return self._linker.link(there, here, (frames[1], frames[0]))


def _write(
    tracks: PointTracks, stretch: PointStretch, offers: Sequence[Offer], taken: NDArray[np.int64], clip: _Clip
) -> None:
    """Put the chosen places, those on the first of `offers` left out, between the anchors into `tracks`."""
    every = np.arange(len(stretch.points))
    ends = [end.frame for end in (stretch.start, stretch.end) if end is not None]
    seen_on_anchor = np.logical_or.reduce([end.visible for end in (stretch.start, stretch.end) if end is not None])
    for number, offer in enumerate(offers[1:], 1):
        if offer.frame in ends:
            continue
        chosen = taken[number]
        at = offer.places.positions[every, chosen]
        before = offers[number - 1].places.onward[every, taken[number - 1]]
        signs = PointSigns(
            np.full(len(every), min(abs(offer.frame - end) for end in ends), np.float32),
            offer.likeness[every, chosen],
            offer.match[every, chosen],
            before[:, 2],
            np.hypot(*(before[:, :2] - at).T),
        )
        inside = ((at >= -0.5) & (at <= np.array(clip.size, np.float32) - 0.5)).all(1)
        tracks.positions[offer.frame, stretch.points] = clip.outward(at)
        tracks.visible[offer.frame, stretch.points] = inside & is_seen(signs) & seen_on_anchor
        tracks.confidence[offer.frame, stretch.points] = chance_right(signs)
