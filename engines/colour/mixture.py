"""The mixture of ten discretized logistics over (a, b), (section 2.3; PixelCNN++ in full).

Values are whole steps of a and b from -127 to 128, in -1..1: 256 bins each. A cell's parameters are 80 numbers, for
each logistic a logit, two means, two log scales and three coefficients, by which the mean of a follows luminance, and
that of b luminance and a.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

from engines.colour.sizes import N_MIXTURES

MIDDLE, HALF_RANGE = 0.5, 127.5
"""Chroma is (value - 0.5) / 127.5, so that -127 becomes -1 and 128 becomes 1."""
LEAST_LOG_SCALE = -7.0
USUAL_LOG_SCALE = -3.0
"""Where log scales start, 6 steps of a or b: from 0, all of the range, training would need a thousand steps to here."""
_HALF_BIN = 1 / 255
_LEAST_MASS = 1e-5


class Mixture(NamedTuple):
    """Parameters by logistic, each (B, 10, h, w); `mean_b` still lacks its part that follows a."""

    logits: Tensor
    mean_a: Tensor
    mean_b: Tensor
    b_by_a: Tensor
    log_scale_a: Tensor
    log_scale_b: Tensor


def mixture_of(parameters: Tensor, luminance: Tensor) -> Mixture:
    """Return what `parameters` (B, 80, h, w) say where luminance (B, 1, h, w), in -1..1, is known."""
    logits, a, b, scale_a, scale_b, *coefficients = parameters.float().split(N_MIXTURES, 1)
    a_by_l, b_by_l, b_by_a = (torch.tanh(values) for values in coefficients)
    return Mixture(
        logits,
        a + a_by_l * luminance,
        b + b_by_l * luminance,
        b_by_a,
        (scale_a + USUAL_LOG_SCALE).clamp(min=LEAST_LOG_SCALE),
        (scale_b + USUAL_LOG_SCALE).clamp(min=LEAST_LOG_SCALE),
    )


def log_likelihood(mixture: Mixture, chroma: Tensor) -> Tensor:
    """Return log p(a, b) in nats, (B, h, w), of `chroma` (B, 2, h, w) in -1..1 that lies on the bins."""
    a, b = chroma[:, :1], chroma[:, 1:]
    log_a = _log_mass(a, mixture.mean_a, mixture.log_scale_a)
    log_b = _log_mass(b, mixture.mean_b + mixture.b_by_a * a, mixture.log_scale_b)
    return torch.logsumexp(F.log_softmax(mixture.logits, 1) + log_a + log_b, 1)


def bits_per_dimension(log_p: Tensor) -> Tensor:
    """Return the mean of -log p in bits for each of a and b."""
    return -log_p.mean() / (2 * math.log(2))


def means_of(mixture: Mixture) -> tuple[Tensor, Tensor]:
    """Return the mean a and the mean b of each logistic, (B, 10, h, w) in -1..1, that of b where a is as its mean."""
    a = mixture.mean_a.clamp(-1, 1)
    return a, (mixture.mean_b + mixture.b_by_a * a).clamp(-1, 1)


def expected(mixture: Mixture, sharpness: float = 1.0) -> Tensor:
    """Return the mean chroma (B, 2, h, w) in -1..1.

    With `sharpness` above 1 likely logistics count for more, as an annealed mean: duller colours give way.
    """
    share = F.softmax(mixture.logits * sharpness, 1)
    a, b = means_of(mixture)
    return torch.stack([(share * a).sum(1), (share * b).sum(1)], 1)


def _log_mass(values: Tensor, mean: Tensor, log_scale: Tensor) -> Tensor:
    """Return the log of each logistic's mass in the bin of `values` (B, 1, h, w)."""
    centred = values - mean
    inverse = torch.exp(-log_scale)
    upper, lower = inverse * (centred + _HALF_BIN), inverse * (centred - _HALF_BIN)
    mass = torch.sigmoid(upper) - torch.sigmoid(lower)
    middle = inverse * centred
    density = middle - log_scale - 2 * F.softplus(middle) - math.log(HALF_RANGE)
    inside = torch.where(mass > _LEAST_MASS, mass.clamp(min=1e-12).log(), density)
    first, last = upper - F.softplus(upper), -F.softplus(lower)  # all that lies below, or above
    return torch.where(values < -0.999, first, torch.where(values > 0.999, last, inside))
