"""Trained weights of colourizing networks: safetensors of their own form, found by name or path, never unpickled."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from engines.colour.sizes import SIZES
from engines.tensor_file import WeightsError
from engines.weights import SUFFIX, WeightsInfo, check_name, load_tensors, read_info, save_tensors, weights_in

if TYPE_CHECKING:
    from engines.colour.network import ColourNetwork
    from engines.device import Compute

COLOUR_FORMAT = "throughline-colour-1"
COLOUR_FOLDER = Path(__file__).resolve().parents[2] / "resources" / "colour"
DEFAULT_COLOUR_WEIGHTS = "small"
_STARTED = ".started"
"""Ends what says that a layer had its first batch: of no use after training."""


def find_colour_weights(name_or_path: str = "") -> WeightsInfo:
    """Return the weights of that name or file, the shipped ones for "". Raises WeightsError where there are none."""
    known = weights_in((COLOUR_FOLDER,))
    asked = name_or_path or DEFAULT_COLOUR_WEIGHTS
    file = known.get(asked) or Path(asked).expanduser()
    if not file.is_file():
        raise WeightsError(
            f"There are no weights {asked} for colorization",
            f"give a {SUFFIX} file made by `train colorization`, or colour with hints and --method hints",
        )
    return read_info(file, COLOUR_FORMAT)


def save_colour(network: ColourNetwork, file: Path, about: Mapping[str, str]) -> WeightsInfo:
    """Write the weights of `network`, completely or not at all; see `engines.weights.save_tensors`."""
    check_name(about["name"])
    state = {name: tensor for name, tensor in network.state_dict().items() if not name.endswith(_STARTED)}
    return save_tensors(state, file, architecture=network.size.name, options={}, about=about, form=COLOUR_FORMAT)


def load_colour(info: WeightsInfo, compute: Compute) -> ColourNetwork:
    """Return the network of `info`, frozen, in evaluation mode, on the device, channels last.

    Raises WeightsError where the file does not fit the network that it names.
    """
    import torch

    from engines.colour.network import ColourNetwork

    size = SIZES.get(info.architecture)
    if size is None:
        raise WeightsError(f"{info.file} is for a network not known here ({info.architecture})", "update Throughline")
    with torch.device("meta"):  # shapes alone: nothing is allocated before they are known to agree
        state = ColourNetwork(size).state_dict()
    wanted = {name: tuple(tensor.shape) for name, tensor in state.items() if not name.endswith(_STARTED)}
    network = ColourNetwork(size)
    network.load_state_dict(load_tensors(info.file, wanted), strict=False)
    network.eval().requires_grad_(False)
    return network.to(compute.device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
