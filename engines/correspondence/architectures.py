"""Which encoders there are, by the names that weights files call them by."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from engines.correspondence.convolutional import ResidualEncoder, ResNetEncoder
from engines.correspondence.encoder import Encoder
from engines.correspondence.vit import VitEncoder

ARCHITECTURES: dict[str, Callable[..., Encoder]] = {
    "small": lambda: ResidualEncoder(16),
    "large": lambda: ResidualEncoder(32, n_channels=128),
    "resnet18": partial(ResNetEncoder, 18),
    "resnet50": partial(ResNetEncoder, 50),
    "vit_small": lambda patch=16: VitEncoder(384, 6, patch),
    "vit_base": lambda patch=16: VitEncoder(768, 12, patch),
}
"""How to build each encoder that a weights file can be for; the options are kept in the file."""


def build_encoder(architecture: str, **options: int | str) -> Encoder:
    """Return an encoder with random weights. Raises ValueError for an unknown name or a wrong option."""
    if architecture not in ARCHITECTURES:
        raise ValueError(f"no encoder is called {architecture!r}; there are {', '.join(ARCHITECTURES)}")
    try:
        return ARCHITECTURES[architecture](**options)
    except (TypeError, KeyError) as error:
        raise ValueError(f"{architecture} has no such option: {options}") from error
