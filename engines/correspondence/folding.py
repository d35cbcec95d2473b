"""Convolutions with the normalisation after them folded in: the same function, fewer passes over memory."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval


def fold_normalisation(network: nn.Module) -> nn.Module:
    """Fold every batch normalisation of `network`, in evaluation mode, into the convolution before it; return it.

    Pairs are neighbours in an `nn.Sequential`, and attributes called ``conv1`` and ``bn1`` and so on.
    Works in place; what was a normalisation becomes an identity.
    """
    for parent in list(network.modules()):
        for conv_name, norm_name in list(_pairs(parent)):
            conv, norm = getattr(parent, conv_name), getattr(parent, norm_name)
            setattr(parent, conv_name, fuse_conv_bn_eval(conv, norm))
            setattr(parent, norm_name, nn.Identity())
    return network


def _pairs(parent: nn.Module) -> Iterator[tuple[str, str]]:
    children = dict(parent.named_children())
    if isinstance(parent, nn.Sequential):
        candidates = list(pairwise(children))
    else:
        candidates = [(name, f"bn{name.removeprefix('conv')}") for name in children if name.startswith("conv")]
    for first, second in candidates:
        if isinstance(children[first], nn.Conv2d) and isinstance(children.get(second), nn.BatchNorm2d):
            yield first, second
