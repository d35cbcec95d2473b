"""Trained weights: which there are, what is in a file, and the way between file and tensors.

A weights file is safetensors: a network's state dict, an encoder's under the names of `build_encoder(...)`,
normalisation not folded in, matrices in float16, and in the metadata what is needed to build the network.
Asking what there is needs no torch; nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engines.tensor_file import TensorFile, WeightsError, read_tensor_file
from engines.whole_file import whole_file

if TYPE_CHECKING:
    from torch import Tensor

FORMAT = "throughline-encoder-1"
SUFFIX = ".safetensors"
SHIPPED_FOLDER = Path(__file__).resolve().parents[1] / "resources" / "weights"
DEFAULT_WEIGHTS = "small"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TOLD_FIRST = ("notes", "paper", "data", "licence", "terms", "from_file", "left_out")
"""Metadata that a card tells in this order, before the rest."""
COUNTER = "num_batches_tracked"
"""Torch's count of training steps in every normalisation: of no use afterwards and not kept."""


@dataclass(frozen=True, slots=True)
class WeightsInfo:
    """What a weights file says of itself.

    `fingerprint`, 16 hex digits, is of all that the network computes by: tensors, architecture and options.
    """

    name: str
    title: str
    summary: str
    architecture: str
    options: dict[str, int | str]
    file: Path
    n_parameters: int
    n_bytes: int
    fingerprint: str
    about: dict[str, str]
    """All other metadata, such as `source` and `licence`."""

    @property
    def is_shipped(self) -> bool:
        """Return whether they came with the program."""
        return self.file.parent == SHIPPED_FOLDER


def read_info(file: Path, form: str = FORMAT) -> WeightsInfo:
    """Return what is in a weights file of that form; all of it is read, see `TensorFile.fingerprint`.

    Raises WeightsError, a ValueError of one sentence, where the file is not one, and OSError as the system does.
    """
    found = read_tensor_file(file)
    said = found.metadata
    if said.get("format") != form:
        raise WeightsError(
            f"{file} holds tensors but is no weights file of ours",
            "give one made by `train` or `weights import`",
        )
    try:
        options = json.loads(said["options"])
        if not isinstance(options, dict) or not all(type(value) in (int, str) for value in options.values()):
            raise ValueError("options are whole numbers or words by name")
        fixed = {name: said[name] for name in ("name", "title", "summary", "architecture")}
    except (KeyError, ValueError, RecursionError) as error:
        raise WeightsError(f"{file} does not say which network it is for", "make or download it again") from error
    return WeightsInfo(
        **fixed,
        options=options,
        file=file,
        n_parameters=_n_parameters(found),
        n_bytes=found.n_bytes,
        fingerprint=_fingerprint(found, fixed["architecture"], options),
        about={name: text for name, text in sorted(said.items()) if name not in {*fixed, "options", "format"}},
    )


def _fingerprint(found: TensorFile, architecture: str, options: Mapping[str, int | str]) -> str:
    """Return that of a network: the same tensors compute something else at another stride."""
    made_of = f"{architecture} {json.dumps(dict(options), sort_keys=True)} {found.fingerprint()}"
    return hashlib.sha256(made_of.encode()).hexdigest()[:16]


def is_of_ours(file: Path) -> bool:
    """Return whether `file` says that it is a weights file of ours. Raises OSError."""
    try:
        return read_tensor_file(file).metadata.get("format") == FORMAT
    except WeightsError:
        return False


def _n_parameters(found: TensorFile) -> int:
    """Return how many numbers training found: those of the state dict but for the normalisation's statistics."""
    ends = (".running_mean", ".running_var", COUNTER)
    return sum(place.n_values for name, place in found.tensors.items() if not name.endswith(ends))


def weights_in(folders: Iterable[Path]) -> dict[str, Path]:
    """Return the weights files in `folders` by name, in alphabetical order; an earlier folder goes before a later."""
    found: dict[str, Path] = {}
    for folder in folders:
        for file in sorted(folder.glob(f"*{SUFFIX}")):
            found.setdefault(file.stem, file)
    return found


def find_weights(name_or_path: str | Path, folders: Sequence[Path] = (SHIPPED_FOLDER,)) -> WeightsInfo:
    """Return the weights called `name_or_path` in `folders`, or in the file of that path.

    Raises WeightsError, which lists the names there are, where there are none such.
    """
    known = weights_in(folders)
    asked = str(name_or_path)
    if asked in known:
        return read_info(known[asked])
    path = Path(asked).expanduser()
    if path.is_file():
        return read_info(path)
    if path.suffix or path.name != asked:
        raise WeightsError(f"There is no weights file {asked}", "check the path, or give a name of `weights list`")
    there = f"give one of {', '.join(known)}" if known else "bring published ones in with `weights import FILE`"
    raise WeightsError(f"No weights are called {asked}", there)


def default_weights(folders: Sequence[Path] = (SHIPPED_FOLDER,)) -> WeightsInfo:
    """Return the weights that learned engines use unless told otherwise. Raises WeightsError where they are missing."""
    file = weights_in(folders).get(DEFAULT_WEIGHTS)
    if file is None:
        raise WeightsError(
            f"The weights {DEFAULT_WEIGHTS}, which learned engines use, are not installed",
            "install Throughline again, or bring published ones in with `weights import FILE` and choose them",
        )
    return read_info(file)


def card_of(info: WeightsInfo) -> str:
    """Return the card of weights, Markdown: the file beside them where there is one, else what their file says."""
    beside = info.file.with_suffix(".md")
    if beside.is_file():
        return beside.read_text(encoding="utf-8", errors="replace")
    lines = [f"# {info.title}", "", info.summary, ""]
    names = [*(name for name in _TOLD_FIRST if name in info.about), *(n for n in info.about if n not in _TOLD_FIRST)]
    lines += [f"- {name.replace('_', ' ')}: {info.about[name]}" for name in names]
    return "\n".join(lines).rstrip() + "\n"


def check_name(name: str) -> str:
    """Return `name` if weights can be called so. Raises WeightsError."""
    if not _NAME.fullmatch(name):
        raise WeightsError(f"Weights cannot be called {name!r}", "use letters, digits, dots, dashes and underscores")
    return name


def taken(name: str) -> WeightsError:
    """Return what to say where there are weights called `name` already."""
    return WeightsError(f"There are weights called {name} already", f"give another --name, or remove {name} first")


def copy_weights(info: WeightsInfo, folder: Path, name: str = "") -> WeightsInfo:
    """Put a copy of a weights file of ours into `folder`, under another name if one is given, and return it."""
    from safetensors.torch import load_file

    name = check_name(name or info.name)
    target = folder / f"{name}{SUFFIX}"
    if target.exists():
        raise taken(name)
    return _write(load_file(info.file), target, read_tensor_file(info.file).metadata | {"name": name})


def save_tensors(
    state: Mapping[str, Tensor],
    file: Path,
    *,
    architecture: str,
    options: Mapping[str, int | str],
    about: Mapping[str, str],
    form: str = FORMAT,
) -> WeightsInfo:
    """Write a network's weights by name to `file`, completely or not at all, and return what was written.

    `about` has at least `name`, `title` and `summary`; all of it becomes metadata. What has more than one
    dimension is kept in float16 unless it does not fit there, biases and statistics in float32.
    Raises WeightsError for weights that are not finite numbers.
    """
    check_name(about["name"])
    tensors = {name: _to_keep(tensor, name, file) for name, tensor in state.items()}
    said = {key: str(text) for key, text in about.items()}
    said |= {"format": form, "architecture": architecture, "options": json.dumps(dict(options), sort_keys=True)}
    said.setdefault("title", about["name"])
    said.setdefault("summary", "")
    return _write(tensors, file, said)


def _write(tensors: Mapping[str, Tensor], file: Path, metadata: Mapping[str, str]) -> WeightsInfo:
    """Write a file completely or not at all and return what is in it."""
    from safetensors.torch import save

    with whole_file(file) as part:
        part.write_bytes(save(dict(tensors), dict(metadata)))  # `save_file` says of a full disk what is no OSError
    return read_info(file, metadata["format"])


def _to_keep(tensor: Tensor, name: str, file: Path) -> Tensor:
    kept = tensor.detach().cpu().float()
    if not kept.isfinite().all():
        raise WeightsError(f"The weights for {file} have no finite value in {name}", "do not use them; train again")
    half = kept.half()
    fits = kept.ndim > 1 and bool(half.isfinite().all())
    return (half if fits else kept).contiguous().clone()


def load_tensors(file: Path, wanted: Mapping[str, tuple[int, ...]]) -> dict[str, Tensor]:
    """Return the tensors of `file` as float32 on the CPU, whose names and shapes must be `wanted`; counters may be too.

    Raises WeightsError.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    found = read_tensor_file(file)
    there = {name: place.shape for name, place in found.tensors.items() if not name.endswith(COUNTER)}
    _refuse_misfits(file, wanted, there)
    try:
        state = {name: tensor.float() for name, tensor in load_file(file).items()}
    except (SafetensorError, OSError) as error:
        raise WeightsError(f"{file} cannot be read ({error})", "copy or download it again") from error
    broken = next((name for name, tensor in state.items() if not tensor.isfinite().all()), None)
    if broken is not None:
        raise WeightsError(f"{file} is damaged, {broken} has no finite value", "copy or download it again")
    return state


def _refuse_misfits(file: Path, wanted: Mapping[str, tuple[int, ...]], there: Mapping[str, tuple[int, ...]]) -> None:
    """Raise WeightsError, naming the first, where names or shapes differ."""
    remedy = "make or download it again"
    for name, shape in wanted.items():
        if name not in there:
            raise WeightsError(f"{file} lacks {name}", remedy)
        if there[name] != shape:
            raise WeightsError(f"{file} has {name} as {_by(there[name])}, not {_by(shape)}", remedy)
    if extra := next((name for name in there if name not in wanted), None):
        raise WeightsError(f"{file} has {extra}, which its network does not know", remedy)


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape)) or "a single number"
