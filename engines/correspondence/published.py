"""Published self-supervised checkpoints, key by key: whose they are, which network they fit, what is left out.

The names and shapes are those of the authors' code. A checkpoint is taken only where every key is accounted for:
it names a parameter of our network and has its shape, or belongs to a part that matching does not need, such as a
head that only training used. All else is refused with the key's name.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from engines.correspondence.architectures import build_encoder
from engines.correspondence.checkpoint_file import read_tensors
from engines.correspondence.encoder import Encoder
from engines.correspondence.encoder_weights import save_encoder
from engines.correspondence.published_families import FAMILIES, OPENMMLAB, Family
from engines.tensor_file import WeightsError
from engines.weights import SUFFIX, WeightsInfo, check_name, taken


class WhoseCheckpoint(WeightsError):  # noqa: N818
    """A checkpoint whose keys several of `families` have."""

    def __init__(self, file: Path, families: tuple[str, ...]) -> None:
        titles = " or of ".join(FAMILIES[name].title for name in families)
        which = " or ".join(f"--family {name}" for name in families)
        problem = f"{file} could be of {titles}, which see pictures differently"
        super().__init__(problem, f"say whose it is, with {which}")
        self.families = families


_REST_OF_RESNET = re.compile(r"fc\.|avgpool\.")
_COUNTER = "num_batches_tracked"
_RESNETS = {False: "resnet18", True: "resnet50"}
_VITS = {384: "vit_small", 768: "vit_base"}
_OURS = (
    # OpenMMLab puts a convolution and its normalisation into one module.
    (re.compile(r"(?:^|(?<=\.))conv(\d)\.conv\."), r"conv\1."),
    (re.compile(r"(?:^|(?<=\.))conv(\d)\.bn\."), r"bn\1."),
    (re.compile(r"\.downsample\.conv\."), ".downsample.0."),
    (re.compile(r"\.downsample\.bn\."), ".downsample.1."),
    # The random walk's first version had the reflection as a module before the convolution.
    (re.compile(r"(?:^|(?<=\.))conv(\d)\.1\.weight$"), r"conv\1.weight"),
)


@dataclass(frozen=True, slots=True)
class Published:
    """A checkpoint understood: `state` has the names of `build_encoder(architecture, **options)`."""

    family: Family
    architecture: str
    options: dict[str, int | str]
    state: dict[str, Tensor]
    left_out: dict[str, int]
    """How many tensors were not needed, by the part that they belong to."""

    @property
    def name(self) -> str:
        """Return a name for the weights, such as ``dino-vit_small-8``."""
        network = self.architecture.replace("_", "-")
        patch = f"-{self.options['patch']}" if "patch" in self.options else ""
        fine = "-s4" if self.options.get("stride") == 4 else ""
        return f"{self.family.name}-{network}{patch}{fine}"

    @property
    def title(self) -> str:
        """Return a title, such as ``DINO, ViT-S/8``."""
        network = {"resnet18": "ResNet-18", "resnet50": "ResNet-50", "vit_small": "ViT-S", "vit_base": "ViT-B"}
        patch = f"/{self.options['patch']}" if "patch" in self.options else ""
        fine = ", stride 4" if self.options.get("stride") == 4 else ""
        return f"{self.family.title}, {network[self.architecture]}{patch}{fine}"


def recognise(file: Path, keys: Iterable[str]) -> Family:
    """Return whose checkpoint has these keys. Raises WeightsError for one that is nobody's, or could be several's."""
    names = set(keys)
    found = {
        sign: any(re.search(sign, name) for name in names) for family in FAMILIES.values() for sign in family.signs
    }
    for family in FAMILIES.values():
        if all(found[sign] for sign in family.signs):
            return family
    if found[OPENMMLAB]:
        raise WhoseCheckpoint(file, ("vfs", "spatial-then-temporal"))
    some = ", ".join(sorted(names)[:3])
    known = ", ".join(family.title for family in FAMILIES.values())
    raise WeightsError(f"{file} is of a network that is not known here ({some}, …)", f"give one of {known}")


def understand(file: Path, tensors: Mapping[str, Tensor], family: str = "", stride: int | None = None) -> Published:
    """Return what the tensors of `file` are, key by key.

    `family` says whose they are where the keys leave that open; `stride` is 4 or 8, for ResNets. Raises
    WeightsError, naming the key, where something is missing, unknown or of another shape.
    """
    whose = FAMILIES[family] if family else recognise(file, tensors)
    root = next((root for root in whose.roots if any(name.startswith(root) for name in tensors)), whose.roots[0])
    renamed = dict(whose.renamed)
    source: dict[str, str] = {}
    left_out: Counter[str] = Counter()
    for key in tensors:
        name = _our_name(key.removeprefix(root)) if key.startswith(root) else ""
        if key.endswith(_COUNTER):
            continue
        if key in renamed:
            source[renamed[key]] = key
        elif whose.left_out and re.match(whose.left_out, key):
            left_out[key.split(".")[0]] += 1
        elif _REST_OF_RESNET.match(name) or (name.startswith("layer4.") and whose.last_stage == 3):
            left_out[root + name.split(".")[0]] += 1
        elif name:
            source[name] = key
        else:
            raise _unknown(file, whose, key)
    architecture, options = _network(file, whose, source, tensors, stride)
    return Published(
        whose, architecture, options, _fitted(file, whose, root, architecture, options, source, tensors), dict(left_out)
    )


def _our_name(name: str) -> str:
    for pattern, ours in _OURS:
        name = pattern.sub(ours, name)
    return name


def _network(
    file: Path, family: Family, source: Mapping[str, str], tensors: Mapping[str, Tensor], stride: int | None
) -> tuple[str, dict[str, int | str]]:
    """Return the architecture and the options that the names and shapes speak of."""
    if "cls_token" in source and "patch_embed.proj.weight" in source:
        n_channels = tensors[source["cls_token"]].shape[-1]
        patch = tensors[source["patch_embed.proj.weight"]].shape[-1]
        if n_channels not in _VITS or patch not in (8, 16):
            raise WeightsError(
                f"{file} is of a transformer with {n_channels} channels and patches of {patch} pixels",
                "give a ViT-S or ViT-B with patches of 8 or 16",
            )
        if stride not in (None, patch):
            raise WeightsError(f"{file} has patches of {patch} pixels, which are its stride", "leave --stride out")
        return _VITS[n_channels], {"patch": patch}
    options = dict(family.options)
    if any(name.startswith("layer4.") for name in source):
        options["n_stages"] = 4
    if stride == 4:
        options |= {"stride": 4, **dict(family.at_stride_4)}
    return _RESNETS["layer1.0.conv3.weight" in source], options


def _fitted(
    file: Path,
    family: Family,
    root: str,
    architecture: str,
    options: Mapping[str, int | str],
    source: Mapping[str, str],
    tensors: Mapping[str, Tensor],
) -> dict[str, Tensor]:
    """Return the tensors under our names. Raises WeightsError, naming the key, where they do not fit the network."""
    with torch.device("meta"):
        wanted = build_encoder(architecture, **options).state_dict()
    for name in source:
        if name not in wanted:
            raise _unknown(file, family, source[name])
    state = {}
    for name, parameter in wanted.items():
        if name.endswith(_COUNTER):
            continue
        if name not in source:
            raise WeightsError(f"{file} is no whole {family.title} checkpoint, it lacks {root}{name}", _OTHER)
        tensor = tensors[source[name]]
        if tensor.ndim == 5 and tensor.shape[2] == 1:  # TimeCycle's convolutions have a time axis of one
            tensor = tensor.squeeze(2)
        if tensor.layout != torch.strided or not tensor.is_floating_point() or tensor.shape != parameter.shape:
            shapes = [" x ".join(map(str, shape)) for shape in (tensor.shape, parameter.shape)]
            raise WeightsError(f"{file} has {source[name]} as {shapes[0]}, not {shapes[1]}", _OTHER)
        state[name] = tensor.float()
    return state


_OTHER = "download it again, or give the checkpoint of another network"


def _unknown(file: Path, family: Family, key: str) -> WeightsError:
    return WeightsError(f"{file} has {key}, which a {family.title} checkpoint is not known to have", _OTHER)


def assemble(found: Published) -> Encoder:
    """Return the network of a checkpoint, in evaluation mode."""
    encoder = build_encoder(found.architecture, **found.options)
    encoder.load_state_dict(found.state, strict=False)  # all but counters, as `understand` has seen to
    return encoder.eval()


def import_published(
    file: Path, folder: Path, name: str = "", family: str = "", stride: int | None = None
) -> tuple[WeightsInfo, Published]:
    """Write the weights in `file`, a published checkpoint, into `folder` and return both.

    The name defaults to that of the network. Raises WeightsError, one sentence, where that cannot be done, and OSError.
    """
    found = understand(file, read_tensors(file), family, stride)
    name = name or found.name
    target = folder / f"{check_name(name)}{SUFFIX}"
    if target.exists():
        raise taken(name)
    about = {
        "name": name,
        "title": found.title,
        "summary": f"Brought in from {file.name}.",
        "notes": found.family.notes,
        "family": found.family.name,
        "paper": found.family.paper,
        "from_file": file.name,
        "left_out": ", ".join(f"{part} ({count})" for part, count in sorted(found.left_out.items())) or "nothing",
        "terms": "those of its authors",
    }
    about = {word: text for word, text in about.items() if text}
    info = save_encoder(assemble(found), target, architecture=found.architecture, options=found.options, about=about)
    return info, found
