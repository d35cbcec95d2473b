"""Where tensors live and in which precision their convolutions run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import torch

DeviceName = Literal["auto", "cuda", "mps", "cpu"]


@dataclass(frozen=True, slots=True)
class Compute:
    """A device and the dtype of the networks' inner work on it; what comes out of them is float32."""

    device: torch.device
    dtype: torch.dtype

    @property
    def is_half(self) -> bool:
        """Whether convolutions run in bfloat16."""
        return self.dtype == torch.bfloat16

    def autocast(self) -> torch.autocast:
        """Return the context in which to call a network."""
        return torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.is_half)

    def __str__(self) -> str:
        """Return for example ``cpu (bfloat16)``."""
        return f"{self.device} ({str(self.dtype).removeprefix('torch.')})"


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Keep torch to one thread in this thread and in those that are started meanwhile, for steps small and many."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def pick_compute(name: DeviceName = "auto", *, half: bool | None = None) -> Compute:
    """Return the device called `name`, ``auto`` being the fastest there is, with the best dtype for it.

    `half` asks for bfloat16 or forbids it; None takes it where the device multiplies it faster than
    float32. Raises ValueError where there is no such device.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    chosen = next(device for device in there if there[device]) if name == "auto" else name
    if not there.get(chosen, False):
        raise ValueError(f"there is no device {chosen!r} here; there are {', '.join(d for d in there if there[d])}")
    half = _multiplies_bfloat16(chosen) if half is None else half
    return Compute(torch.device(chosen), torch.bfloat16 if half else torch.float32)


def _multiplies_bfloat16(name: str) -> bool:
    """Return whether bfloat16 convolutions are faster than float32 ones: CPUs need AVX512-BF16 or AMX for that."""
    if name == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    return name == "cpu" and torch.cpu._is_avx512_bf16_supported()
