"""What was learned on one clip: a linear map of the encoder's coarse features, light enough to lie in a project.

It is put on features as they come from the cache, so what was encoded stays valid, and taking it in or leaving it out
costs nothing. Fine features are left alone: only target models look at them, which learn on the clip in any case.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from engines.correspondence.frame_features import FrameFeatures

FORMAT = "throughline-adaptation-1"
_MATRIX = "matrix"
MOST_BYTES = 16 << 20
"""Room for 2048 channels; what is longer is none of ours."""


@dataclass(frozen=True, slots=True, eq=False)
class Adaptation:
    """A map of features by `matrix`, float32 (C, C) on the CPU, made for the weights of a fingerprint, `weights`."""

    matrix: Tensor
    weights: str

    def applied(self, features: FrameFeatures) -> FrameFeatures:
        """Return `features` with the coarse ones mapped, unit vectors again, where and as exact as they were."""
        coarse = features.coarse
        mapped = F.normalize(coarse.float() @ self.matrix.to(coarse.device), dim=-1)
        return FrameFeatures(mapped.to(coarse.dtype), features.fine)

    def to_bytes(self) -> bytes:
        """Return it as a safetensors file, the same bytes for the same map and weights."""
        from safetensors.torch import save

        return save({_MATRIX: self.matrix.contiguous()}, {FORMAT: self.weights})

    @classmethod
    def from_bytes(cls, data: bytes) -> Adaptation:
        """Return what `to_bytes` made. Raises ValueError for anything else."""
        from safetensors import SafetensorError
        from safetensors.torch import load

        if len(data) > MOST_BYTES:
            raise ValueError("what was learned on the clip is larger than it can be")
        try:
            tensors = load(data)
            header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])  # which `load` does not give
        except (SafetensorError, ValueError) as error:
            raise ValueError("what was learned on the clip is damaged") from error
        matrix, weights = tensors.get(_MATRIX), header.get("__metadata__", {}).get(FORMAT)
        if weights is None or matrix is None or matrix.dtype != torch.float32 or matrix.ndim != 2:
            raise ValueError("what was learned on the clip is of another kind")
        if matrix.shape[0] != matrix.shape[1] or not matrix.isfinite().all():
            raise ValueError("what was learned on the clip makes no sense")
        return cls(matrix, weights)
