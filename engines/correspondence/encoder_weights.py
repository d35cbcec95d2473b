"""The way between an encoder and a weights file. Torch is loaded when it is gone, not before."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engines.tensor_file import WeightsError
from engines.weights import COUNTER, WeightsInfo, load_tensors, save_tensors

if TYPE_CHECKING:
    from engines.correspondence.encoder import Encoder
    from engines.device import Compute


def save_encoder(
    encoder: Encoder, file: Path, *, architecture: str, options: Mapping[str, int | str], about: Mapping[str, str]
) -> WeightsInfo:
    """Write the weights of `encoder` as `save_tensors` does."""
    tensors = {name: tensor for name, tensor in encoder.state_dict().items() if not name.endswith(COUNTER)}
    return save_tensors(tensors, file, architecture=architecture, options=options, about=about)


def load_encoder(info: WeightsInfo, compute: Compute) -> Encoder:
    """Return the network of `info`, frozen, in evaluation mode, normalisation folded in, on the device, channels last.

    Raises WeightsError where the file does not fit the network that it names, or has changed meanwhile.
    """
    import torch

    from engines.correspondence.architectures import build_encoder
    from engines.correspondence.folding import fold_normalisation

    try:
        with torch.device("meta"):  # shapes alone: nothing is allocated before they are known to agree
            wanted = _shapes(build_encoder(info.architecture, **info.options))
    except (ValueError, RuntimeError) as error:
        raise WeightsError(
            f"{info.file} is for a network that is not known here ({info.architecture})", "update Throughline"
        ) from error
    state = load_tensors(info.file, wanted)
    encoder = build_encoder(info.architecture, **info.options)
    encoder.load_state_dict(state, strict=False)  # all but the counters, as was found above
    fold_normalisation(encoder.eval()).requires_grad_(False)
    return encoder.to(compute.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def _shapes(encoder: Encoder) -> dict[str, tuple[int, ...]]:
    state = encoder.state_dict()
    return {name: tuple(tensor.shape) for name, tensor in state.items() if not name.endswith(COUNTER)}
