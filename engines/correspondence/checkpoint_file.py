"""The tensors in somebody's checkpoint file: .pth as torch saves it, or safetensors. No code of the file's is run.

Torch's own reader with ``weights_only=True`` is the only way in. It makes tensors and plain containers and refuses
all else by name. What training scripts commonly save beside the weights (arguments, scores) it would
refuse too, so that a few names are given something that holds nothing and does nothing; see `_IN_PLACE_OF`.
"""

from __future__ import annotations

import re
import stat
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from engines.tensor_file import WeightsError, read_tensor_file
from engines.weights import SUFFIX

MAX_BYTES = 4 << 30
"""The largest that is known to be published, DINO's ViT-B with its optimiser, has 1.4 GB."""
MAX_TENSORS = 20_000
_MAX_DEPTH = 4
_WRAPPERS = ("state_dict", "teacher", "model", "model_state", "net", "student")
"""Under these names training scripts keep the weights; where there are several, the first."""
_GLOBAL = re.compile(r"GLOBAL ([\w.]+)")
_AGAIN = "download it again, or ask its authors for the bare state dict"


class _Nothing:
    """Stands where a file has an object that is no weight: made of anything, holding nothing."""

    def __new__(cls, *_args: Any) -> _Nothing:
        return super().__new__(cls)

    def __setstate__(self, _state: Any) -> None:
        """Take no state."""


_IN_PLACE_OF = (
    "argparse.Namespace",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    "numpy.dtype",
    "numpy.dtypes.Float64DType",
    "numpy.dtypes.Float32DType",
    "numpy.dtypes.Int64DType",
    "pathlib.Path",
    "pathlib.PosixPath",
    "pathlib.WindowsPath",
    "easydict.EasyDict",
    "torch.optim.lr_scheduler.MultiStepLR",
)
"""Names in pickles of checkpoints for which `_Nothing` is put: they are neither looked up nor called."""


def read_tensors(file: Path) -> dict[str, Tensor]:
    """Return the state dict in a checkpoint, on the CPU, without the ``module.`` that parallel training adds.

    Raises WeightsError, one sentence, for a file that is too large, cut short, foreign or that asks for code
    to be run, and OSError as the system does.
    """
    state = file.stat()
    if not (stat.S_ISREG(state.st_mode) or stat.S_ISDIR(state.st_mode)):  # reading a pipe would never end
        raise WeightsError(f"{file} is no file", "give the file that you downloaded")
    n_bytes = state.st_size
    if n_bytes > MAX_BYTES:
        raise WeightsError(f"{file} has {n_bytes / 1e9:.1f} GB, more than any encoder", "give the weights alone")
    content = _read_safetensors(file) if file.suffix == SUFFIX else _read_torch(file)
    found = _state_dict(content, _MAX_DEPTH)
    if not found:
        raise WeightsError(f"{file} holds no tensors by name", _AGAIN)
    if len(found) > MAX_TENSORS:
        raise WeightsError(f"{file} holds {len(found):,} tensors, more than any encoder", "give the weights alone")
    return {_without_module(name): tensor for name, tensor in found.items()}


def _read_safetensors(file: Path) -> dict[str, Tensor]:
    read_tensor_file(file)  # says what is wrong in our words
    try:
        return load_file(file)
    except (SafetensorError, ValueError) as error:
        raise WeightsError(f"{file} cannot be read ({error})", _AGAIN) from error


def _read_torch(file: Path) -> Any:
    """Return what a file of torch's holds: tensors in plain containers."""
    is_zip = zipfile.is_zipfile(file)
    if is_zip:
        _refuse_unpacking(file)
    stand_ins: list[Any] = [(_Nothing, name) for name in _IN_PLACE_OF]
    try:
        with torch.serialization.safe_globals(stand_ins):
            return torch.load(file, map_location="cpu", weights_only=True, mmap=is_zip)
    except OSError:
        raise
    except Exception as error:  # a hostile file can make the reader fail in any way, and each means the same
        unwanted = _GLOBAL.search(str(error))
        if unwanted:
            raise WeightsError(
                f"{file} asks for {unwanted[1]} to be run, so it was not opened",
                "ask its authors for a file with the weights alone",
            ) from error
        raise WeightsError(f"{file} is no checkpoint that torch can read, or is cut short", _AGAIN) from error


def _refuse_unpacking(file: Path) -> None:
    """Raise WeightsError where an archive would grow when unpacked: torch stores, it does not compress."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise WeightsError(f"{file} is no checkpoint that torch can read, or is cut short", _AGAIN) from error
    if any(member.compress_type != zipfile.ZIP_STORED for member in members):
        raise WeightsError(f"{file} is a compressed archive, which no checkpoint is", "unpack it first")


def _state_dict(content: Any, depth: int) -> dict[str, Tensor]:
    """Return the tensors by name in `content`, looking into the wrappers that training scripts use."""
    if not isinstance(content, Mapping) or depth == 0:
        return {}
    for name in _WRAPPERS:
        if isinstance(content.get(name), Mapping) and (found := _state_dict(content[name], depth - 1)):
            return found
    return {name: value for name, value in content.items() if isinstance(name, str) and isinstance(value, Tensor)}


def _without_module(name: str) -> str:
    return ".".join(part for part in name.split(".") if part != "module")
