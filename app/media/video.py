"""The pictures of a video file: frame n is the same picture however it is reached.

Decoding begins at a key packet at or before the frame and goes on until the picture with the
frame's own packet number comes out. What a container says about its keys is not believed: if no
key picture by the decoder's own word came out before the frame, if the frame does not come out, or
comes out damaged, decoding is begun again further back. Only what is damaged then, too, is damaged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar, cast

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from numpy.typing import NDArray

from app.media.decoder import OutOfStepError
from app.media.picture import Picture, StopAsked, damaged, never, whole
from app.media.run import Run
from app.media.survey import VideoFacts
from app.media.video_file import upright

_Result = TypeVar("_Result")

STEPS_BACK = (1, 3, 8)
"""So many keys further back decoding is begun again before a frame counts as damaged."""

LOOK_BACK = 12
"""So many frames at least are searched for one to stand in for a damaged one."""


@dataclass(frozen=True, eq=False, slots=True)
class _Found:
    """The outcome of a search: the frame's picture if it came out undamaged, and whether it can be relied on."""

    decoded: VideoFrame | None
    is_sound: bool


_NOTHING = _Found(None, False)


@dataclass(frozen=True, eq=False, slots=True)
class _Nearest:
    """The whole frame that is nearest at or before frame `at`; -1 and None if none was found."""

    at: int
    frame: int
    image: NDArray[np.uint8] | None


_NOWHERE = _Nearest(-2, -1, None)


class VideoSource:
    """Exact access to the pictures of a video file. One thread; close it."""

    def __init__(self, facts: VideoFacts) -> None:
        self._facts = facts
        self._index = facts.index
        self._run = Run(facts.path, facts.index)
        self._reformatter = VideoReformatter()
        self._bad = set(facts.index.bad_packets)
        """Packets whose damage is certain."""
        self._lost = {int(facts.index.frame_of_packet[packet]) for packet in facts.index.bad_packets}
        """Frames that are certain not to come out whole."""
        self._false_keys: set[int] = set()
        self._has_true_keys = True
        self._nearest = _NOWHERE

    def close(self) -> None:
        """Give the file back."""
        self._run.close()

    def run_start(self, frame: int) -> int:
        """Return the first frame of the group that `frame` is decoded with."""
        return int(self._index.key_frames[self._key_of(frame)])

    def pictures(self, first: int, last: int, stop: StopAsked = never) -> Iterator[tuple[int, Picture]]:
        """Yield ``(frame, picture)`` for `first` to `last`, both included; fewer when `stop` says so.

        In place of a damaged frame comes the nearest whole frame before it, darkened.
        """
        for frame in range(first, last + 1):
            if stop():
                return
            found = self._find(frame, stop)
            if stop() and not found.is_sound:
                return
            # What was found is handed over even if it is not wanted any more: it would have to be decoded again.
            picture = self._picture(frame, found, stop)
            if picture is None:
                return
            yield frame, picture

    def _find(self, frame: int, stop: StopAsked) -> _Found:
        """Return the picture of `frame`, from the present run where that is the shorter way."""
        if frame in self._lost:
            return _NOTHING
        key = self._key_of(frame)
        goes_on = self._run.leads_to(frame, key)
        found = self._search(frame, None if goes_on else key, stop)
        is_known = found.decoded is not None and self._is_proved(frame) and self._suspects(frame) <= self._bad
        if found.is_sound or is_known or stop():
            return found
        return self._insist(frame, key, (0, *STEPS_BACK) if goes_on else STEPS_BACK, stop)

    def _insist(self, frame: int, key: int, steps: tuple[int, ...], stop: StopAsked) -> _Found:
        """Look for `frame` from further and further back, and keep in mind what is wrong if nothing helps."""
        if self._index.is_checked:
            steps = (*steps, key)  # It came out when the file was opened: at the worst, go back to the start.
        refuted, found = [key], _NOTHING
        for earlier in dict.fromkeys(max(0, key - step) for step in steps):
            found = self._search(frame, earlier, stop)
            if stop():
                return found
            if found.is_sound:
                self._false_keys.update(k for k in refuted if k > earlier)
                return found
            refuted.append(earlier)
        if not self._is_proved(frame):
            # The decoder takes none of these keys for one, as where the picture is refreshed bit by bit. Such
            # a decoder keeps pictures back until they are whole; what it gives, without an error, has to do.
            self._has_true_keys = False
            found = self._search(frame, self._key_of(frame), stop)
        if not found.is_sound and not stop():
            self._bad |= self._suspects(frame)
            if found.decoded is None:
                self._lost.add(frame)
                self._bad.add(int(self._index.packet_of_frame[frame]))
        return found

    def _search(self, frame: int, key: int | None, stop: StopAsked) -> _Found:
        """Return the picture of `frame` of a run from `key`, or of the present run."""
        found = self._in_step(partial(self._reach, frame, key, stop)) or _NOTHING
        if self._run.blames_late and not stop():
            self._run.decode_singly()
            found = self._in_step(partial(self._reach, frame, key, stop)) or _NOTHING
        return found

    def _reach(self, frame: int, key: int | None, stop: StopAsked) -> _Found:
        if key is not None or not self._run.leads_to(frame, 0):
            self._run.begin(self._key_of(frame) if key is None else key)
        decoded = self._run.reach(frame, stop)
        if decoded is None or decoded.is_corrupt:
            return _NOTHING
        return _Found(decoded, self._is_proved(frame) and not self._suspects(frame))

    def _stand_in(self, frame: int, damage: str, stop: StopAsked) -> Picture | None:
        """Return what is shown in place of a frame: the nearest whole one before, darkened, or grey.

        None if `stop` said so before that was known. Looked for in the frame's own group and the one
        before, and in `LOOK_BACK` frames at least.
        """
        begin = min(max(0, self._key_of(frame) - 1), self._index.key_of(max(0, frame - LOOK_BACK)))
        if self._nearest.at != frame - 1:
            self._nearest = self._in_step(partial(self._whole_before, frame, begin, stop)) or _Nearest(frame, -1, None)
            if stop():
                self._nearest = _NOWHERE
                return None
        self._nearest = replace(self._nearest, at=frame)
        is_near = self._nearest.frame >= self._index.key_frames[begin]
        return damaged(damage, self._facts.height, self._facts.width, self._nearest.image if is_near else None)

    def _whole_before(self, frame: int, begin: int, stop: StopAsked) -> _Nearest:
        """Return the nearest whole frame before `frame` of a run from the key `begin`."""
        self._run.decode_singly()
        self._run.begin(begin)
        earlier, decoded = self._run.last_before(frame, lambda f: not self._suspects(f), stop)
        image = None if decoded is None else self._image(decoded)
        fits = image is not None and image.shape[:2] == (self._facts.height, self._facts.width)
        return _Nearest(frame, earlier if fits else -1, image if fits else None)

    def _in_step(self, attempt: Callable[[], _Result]) -> _Result | None:
        """Return what `attempt` gives, made again without seeking if the container went astray; None if it still does.

        Then the file was changed since it was opened.
        """
        for _ in range(2):
            try:
                return attempt()
            except OutOfStepError:
                self._run.read_from_start()
        return None

    def _is_proved(self, frame: int) -> bool:
        """Return whether the present run had a true key at or before `frame`, in a file that has such keys."""
        return not self._has_true_keys or self._run.is_proved(frame)

    def _suspects(self, frame: int) -> set[int]:
        """Return the damaged packets of the frame's group that stand before its own: it may build on them."""
        packet = int(self._index.packet_of_frame[frame])
        start = int(self._index.key_packets[self._index.key_of(frame)])
        return {p for p in self._bad | self._run.bad_packets if start <= p < packet}

    def _key_of(self, frame: int) -> int:
        """Return the key that decoding of `frame` begins with, by all that is known."""
        key = self._index.key_of(frame)
        if not self._has_true_keys:
            return max(0, key - 1)
        while key in self._false_keys:  # never 0
            key -= 1
        return key

    def _image(self, decoded: VideoFrame) -> NDArray[np.uint8]:
        """Return uint8 (H, W, 3) RGB, turned as the file asks for."""
        # The conversion is `VideoFrame.to_ndarray(format="rgb24")`, with the converter kept from frame to frame.
        rgb = self._reformatter.reformat(decoded, format="rgb24", threads=1).to_ndarray()
        return upright(cast(NDArray[np.uint8], rgb), *self._facts.orientation)

    def _picture(self, frame: int, found: _Found, stop: StopAsked) -> Picture | None:
        """Return what is shown for `frame`, None if `stop` said so before that was known."""
        height, width, name = self._facts.height, self._facts.width, self._facts.path.name
        if found.decoded is None:
            return self._stand_in(frame, f"Frame {frame} of {name} is damaged and cannot be shown.", stop)
        image = self._image(found.decoded)
        if image.shape[:2] != (height, width):
            size = f"{image.shape[1]} x {image.shape[0]}"
            sentence = f"Frame {frame} of {name} is {size} pixels, unlike the clip's {width} x {height}."
            return self._stand_in(frame, sentence, stop)
        picture = whole(image)
        if found.is_sound:
            self._nearest = _Nearest(frame, frame, picture.image)
            return picture
        if self._nearest.at == frame - 1:
            self._nearest = replace(self._nearest, at=frame)
        return Picture(picture.image, f"Frame {frame} of {name} builds on a damaged one and may be partly wrong.")
