"""Engines for runs, with what they share from run to run: networks, and the features of frames."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, cast

from platformdirs import user_cache_path

from app.errors import UserError
from app.tasks.weights import chosen_weights, weights_told
from engines.correspondence.encoder_weights import load_encoder
from engines.propagation.point_registry import PointCarrier, load_point_engine
from engines.propagation.registry import ENGINES, load_engine
from engines.propagation.types import MaskEngine
from engines.weights import WeightsInfo

if TYPE_CHECKING:
    from engines.correspondence.adaptation import Adaptation
    from engines.correspondence.encoder import Encoder
    from engines.correspondence.feature_cache import FeatureCache
    from engines.correspondence.feature_reader import FeatureExtractor
    from engines.device import Compute, DeviceName

FEATURE_MEMORY_BYTES = 256 << 20
"""Some hundred frames of a small encoder; the disk has the rest."""
FEATURE_DISK_BYTES = 4 << 30
_LINK_BYTES = 2_000_000
"""Of the links between pixels that are kept for a frame, at the working size of most clips."""
MOST_ENCODERS = 3
"""Networks kept at a time; a person who compares more pays a second for loading one again."""


def feature_folder() -> Path:
    """Return where features of frames are kept between two days; it may not be there yet."""
    return user_cache_path("throughline", appauthor=False) / "features"


class EngineLoader:
    """Loads engines, keeping networks by weights and device, and one cache of features. Any thread.

    Without `feature_folder` features stay in memory only.
    """

    def __init__(self, feature_folder: Path | None = None) -> None:
        self._feature_folder = feature_folder
        self._cache: FeatureCache | None = None
        self._encoders: dict[tuple[str, str], Encoder] = {}
        self._lock = Lock()

    def load(self, name: str, weights: str = "", device: str = "auto", learned: bytes = b"") -> MaskEngine:
        """Return the engine called `name`, with `weights` (a name or a file, "" being the default) if it needs any.

        `learned` is an `Adaptation` as bytes; one for other weights or another engine is left out.
        Raises ValueError where there is no such engine, UserError where weights, device or torch cannot be used.
        """
        chosen = self.weights_of(name, weights)
        if chosen is None:
            return load_engine(name)
        with weights_told(), torch_told():
            adaptation = read_adaptation(learned) if learned and ENGINES[name].recipe == "ours" else None
            if adaptation is not None and adaptation.weights != chosen.fingerprint:
                adaptation = None
            return load_engine(name, self.extractor(chosen, device), adaptation)

    def load_points(self, name: str, weights: str = "", device: str = "auto") -> PointCarrier:
        """Return the engine called `name` as it carries points; see `load`."""
        with torch_told():
            return load_point_engine(name, self.extractor(chosen_weights(weights), device))

    def weights_of(self, name: str, weights: str = "") -> WeightsInfo | None:
        """Return the weights that the engine called `name` would use, None where it needs none. Raises UserError.

        Loads nothing; some milliseconds, while their file is as it was.
        """
        info = ENGINES.get(name)
        return chosen_weights(weights) if info is not None and info.needs_weights else None

    def feature_bytes(self, name: str, weights: str, device: str, size: tuple[int, int], n_frames: int) -> int:
        """Return the memory that the cache will take of a clip of this (width, height), where an engine fills it.

        Raises UserError as `load` does.
        """
        chosen = self.weights_of(name, weights)
        if chosen is None:
            return 0
        with weights_told(), torch_told():
            encoder = self.encoder(chosen, pick_device(device))
            from engines.correspondence.feature_reader import encoding_size
            from engines.correspondence.frame_features import FINE_STRIDE

            width, height = encoding_size(*size)
            per_pixel = encoder.n_channels / encoder.stride**2 + encoder.n_fine_channels / FINE_STRIDE**2
            per_frame = 2 * width * height * per_pixel + (_LINK_BYTES if ENGINES[name].recipe == "ours" else 0)
            return min(FEATURE_MEMORY_BYTES, round(n_frames * per_frame))

    def extractor(self, weights: WeightsInfo, device: str = "auto") -> FeatureExtractor:
        """Return what makes features with `weights` on a device. Raises UserError where either cannot be used."""
        with weights_told(), torch_told():
            compute = pick_device(device)
            from engines.correspondence.feature_reader import FeatureExtractor

            return FeatureExtractor(self.encoder(weights, compute), weights.fingerprint, compute, self.cache)

    def encoder(self, weights: WeightsInfo, compute: Compute) -> Encoder:
        """Return the network of `weights` on a device, loaded once. Raises WeightsError."""
        key = (weights.fingerprint, str(compute))
        with self._lock:
            found = self._encoders.pop(key, None) or load_encoder(weights, compute)
            self._encoders[key] = found  # the latest last
            for oldest in list(self._encoders)[:-MOST_ENCODERS]:
                del self._encoders[oldest]
            return found

    @property
    def cache(self) -> FeatureCache:
        """Return the cache of features. Loads torch."""
        from engines.correspondence.feature_cache import FeatureCache

        with self._lock:
            if self._cache is None:
                self._cache = FeatureCache(FEATURE_MEMORY_BYTES, self._feature_folder, FEATURE_DISK_BYTES)
            return self._cache


def read_adaptation(learned: bytes) -> Adaptation:
    """Return what was learned on a clip from its bytes. Raises UserError. Loads torch."""
    from engines.correspondence.adaptation import Adaptation

    try:
        return Adaptation.from_bytes(learned)
    except ValueError as error:
        sentence = str(error)
        raise UserError(sentence[0].upper() + sentence[1:], "let it be forgotten, or learn again") from error


@contextmanager
def torch_told() -> Iterator[None]:
    """Turn an import that fails in the block into a `UserError`."""
    try:
        yield
    except ImportError as error:
        raise UserError(f"Torch cannot be loaded ({error})", "run `main.py doctor`, which says what to do") from error


def pick_device(name: str) -> Compute:
    """Return the device called `name`, or the fastest for "auto". Raises UserError. Loads torch.

    Call it before anything else that loads torch is imported.
    """
    is_first = "torch" not in sys.modules
    from engines.device import pick_compute

    if is_first:
        # Torch's modules stay. Python would look through their 150,000 objects for garbage ever again, and no
        # thread gets on meanwhile, the window's least of all: 110 ms each time, 35 without torch (measured).
        gc.collect()
        gc.freeze()
    try:
        return pick_compute(cast("DeviceName", name))
    except ValueError as error:
        raise UserError(f"There is no device {name} here", "leave --device out, or run `main.py doctor`") from error
