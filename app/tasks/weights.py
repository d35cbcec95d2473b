"""Weights as a person has them: the shipped ones and those that were brought in; what is told about them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_data_path

from app.errors import UserError
from app.os_errors import told_to_the_user
from engines.correspondence.encoder_weights import load_encoder
from engines.tensor_file import WeightsError
from engines.weights import (
    SHIPPED_FOLDER,
    SUFFIX,
    WeightsInfo,
    card_of,
    check_name,
    copy_weights,
    default_weights,
    find_weights,
    is_of_ours,
    read_info,
    weights_in,
)

_BEST_FOR = re.compile(r"^## Best for\s+^(.+)$", re.MULTILINE)


class WhichFamily(UserError):  # noqa: N818
    """A checkpoint that could be of several families: `families` has their titles by name."""

    def __init__(self, problem: str, remedy: str, families: dict[str, str]) -> None:
        super().__init__(problem, remedy)
        self.families = families


def imported_folder() -> Path:
    """Return where weights go that a person brought in; it may not be there yet."""
    return user_data_path("throughline", appauthor=False) / "weights"


def weights_folders() -> tuple[Path, Path]:
    """Return where weights are looked for by name, the shipped ones first."""
    return SHIPPED_FOLDER, imported_folder()


@contextmanager
def weights_told() -> Iterator[None]:
    """Turn a `WeightsError` or `OSError` of the block into a `UserError`."""
    with told_to_the_user():
        try:
            yield
        except WeightsError as error:
            raise UserError(error.problem, error.remedy) from error


def known_weights() -> list[str]:
    """Return the names of all weights there are, the shipped ones first. Reads two folders and no file."""
    return list(weights_in(weights_folders()))


def chosen_weights(name_or_path: str = "") -> WeightsInfo:
    """Return the weights of that name or file, the default ones for "". Raises UserError where there are none."""
    with weights_told():
        if not name_or_path:
            return default_weights(weights_folders())
        return find_weights(name_or_path, weights_folders())


def all_weights() -> tuple[list[WeightsInfo], dict[str, UserError]]:
    """Return what can be used, the shipped ones first, and by name what is wrong with those that cannot."""
    found, faults = [], {}
    for name, file in weights_in(weights_folders()).items():
        try:
            with weights_told():
                found.append(read_info(file))
        except UserError as error:
            faults[name] = error
    return found, faults


@dataclass(frozen=True, slots=True)
class Imported:
    """Weights that were brought in; `left_out` counts the tensors not needed, by the part they belong to."""

    info: WeightsInfo
    left_out: dict[str, int]


def import_weights(file: Path, name: str = "", family: str = "", stride: int | None = None) -> Imported:
    """Bring in a weights file of ours, or a published checkpoint key by key. Raises UserError. Loads torch.

    `name` is what they are to be called, `family` whose they are where the file leaves that open, `stride` 4 or 8.
    """
    try:
        from engines.correspondence.published import WhoseCheckpoint, import_published
        from engines.correspondence.published_families import FAMILIES
    except ImportError as error:
        raise UserError(f"Torch cannot be loaded ({error})", "run `main.py doctor`, which says what to do") from error
    with weights_told():
        if is_of_ours(file):
            if family or stride:
                raise UserError(f"{file} says itself what it is", "leave --family and --stride out")
            return Imported(_copied(file, name), {})
        try:
            info, found = import_published(file, imported_folder(), name, family, stride)
        except WhoseCheckpoint as error:
            titles = {name: FAMILIES[name].title for name in error.families}
            raise WhichFamily(error.problem, error.remedy, titles) from error
        return Imported(info, found.left_out)


def _copied(file: Path, name: str) -> WeightsInfo:
    """Copy a weights file of ours to where imported ones are, if its network can be built and filled."""
    import torch

    from engines.device import Compute

    info = read_info(file)
    load_encoder(info, Compute(torch.device("cpu"), torch.float32))
    return copy_weights(info, imported_folder(), name)


def size_text(info: WeightsInfo) -> str:
    """Return "0.47 M parameters, 965 kB"."""
    size = f"{info.n_bytes / 1e6:.1f} MB" if info.n_bytes >= 1e6 else f"{info.n_bytes / 1e3:.0f} kB"
    return f"{info.n_parameters / 1e6:.2f} M parameters, {size}"


def weights_card(info: WeightsInfo) -> str:
    """Return the card of weights, Markdown, with what the file itself says below."""
    network = ", ".join((info.architecture, *(f"{name} {value}" for name, value in sorted(info.options.items()))))
    facts = (
        f"- network: {network}",
        f"- size: {size_text(info)}",
        f"- fingerprint: {info.fingerprint}",
        f"- file: {info.file}",
    )
    return "\n".join((card_of(info).rstrip(), "", *facts)) + "\n"


def best_for(info: WeightsInfo) -> str:
    """Return in a few words what weights are to be chosen for: the line below that heading of their card.

    Cards that have no such line are those of published checkpoints and of trainings of one's own.
    """
    found = _BEST_FOR.search(card_of(info))
    if found is not None:
        return found[1].strip()
    return "comparing with their paper" if "paper" in info.about else "clips like those they learned from"


def remove_weights(name: str) -> Path:
    """Delete weights that were brought in and return the file they were in. Raises UserError."""
    with weights_told():
        file = imported_folder() / f"{check_name(name)}{SUFFIX}"
        if file.is_file():
            file.unlink()
            return file
    if (SHIPPED_FOLDER / file.name).is_file():
        raise UserError(f"{name} came with Throughline and cannot be removed", "remove only weights you brought in")
    brought_in = list(weights_in((imported_folder(),)))
    there = f"give one of {', '.join(brought_in)}" if brought_in else "none were brought in"
    raise UserError(f"No weights called {name} were brought in", there)
