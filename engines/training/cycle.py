"""The thesis's recipe: track a patch back through time and forth again; where it comes back is the lesson.

Wang, "Learning and Reasoning with Visual Correspondence in Time", section 2.2; where it says nothing the choices
of its published code are taken, marked [code]. As there: a patch of a third of the frame's side, encoded apart
from the frames, so that the tracker cannot know where it came from; long cycles of 1 to k = 4 frames, skip
cycles, and a similarity that rewards every single step; lambda .1; Adam at 2e-4 with betas of .5 and .999, not
annealed, no decay.

Different from there, whatever the scale:

- The patch is turned about the middle of its *cells*, and theta is measured from the middle of the frame's, so
  that the theta of a crop is exact for encoders whose first cell is centred on the first pixel, as all of ours.
- The similarity is by default the soft count of inliers [code], which the thesis mentions as an alternative, not
  the inner product of its formula: that one is largest where all features are alike. Terms are summed and weighted
  as in the formula; the code takes means and a fifth of the long cycles.
- ResNets see the picture mirrored beyond its edges, not zeros, as in the successor (Jabri et al. 2020). Zeros tell
  a cell where it lies in its patch or frame, and the similarity is earned soonest by sending every patch to the
  same place. Measured on ResNet-18 scaled down, after 100 steps: with zeros inliers of .98, coming home no better than
  at the start, and .16 of what moved far matched where it was; mirrored inliers of .07 and .01 of that.
- Data are our few raw clips, not the 114,000 of VLOG, so there are steps, not epochs.

`CycleRecipe()` has the thesis's scale: frames of 240 px, patches of 80, grids of 30 and 10, 32 samples a step.
`scaled_down()` is what a processor can train: half of that each way, with 8 samples and a smaller localizer;
frames are then shown at half the size, so the encoder learns on coarser pictures than it will be used on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any, Literal

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engines.correspondence.architectures import build_encoder
from engines.correspondence.encoder import Encoder, picture_batch
from engines.device import Compute
from engines.training.frame_pool import FramePool
from engines.training.localizer import Localizer, affinity, alignment_error, inlier_share, sample_patch
from engines.training.losses import cells_of

_STRIDE = 8
_PATCH_SHARE = 1 / 3  # of the frame's side
_BEFORE_CROP = 256 / 240
"""The short side of the picture that a frame is cut from, in sides of the frame (section 2.2.2)."""
_WINDOWS = 7
"""Places of a patch each way that are looked at for motion [code]."""
_MOVING = 10
"""Of these 49, how many with the most motion are drawn from [code]."""


@dataclass(frozen=True, slots=True)
class CycleRecipe:
    """See the module. `offsets` are those of k earlier frames, of the patch's own, and of one to see motion by."""

    name: str = "cycle-240"
    architecture: str = "resnet18"
    options: dict[str, int | str] = field(default_factory=lambda: {"padding": "reflect"})
    learning_rate: float = 2e-4
    betas: tuple[float, float] = (0.5, 0.999)
    weight_decay: float = 0.0
    is_annealed: bool = False
    average: float = 0.0
    frame_px: int = 240
    n_samples: int = 32
    offsets: tuple[int, ...] = (0, 4, 8, 12, 30, 32)
    """In frames of about 24 a second: 0, 2, 4, 6 and 15 of 12 a second [code]. Short clips shrink them [code]."""
    max_turn_deg: float = 45.0
    jitter: float = 1 / 12
    """Of the patch's place, in sides of the frame [code]."""
    similarity: Literal["inliers", "inner"] = "inliers"
    sim_weight: float = 1.0
    skip_weight: float = 0.1
    long_weight: float = 0.1

    @property
    def n(self) -> int:
        """Cells a side of a frame."""
        return self.frame_px // _STRIDE

    @property
    def m(self) -> int:
        """Cells a side of a patch."""
        return round(self.n * _PATCH_SHARE)

    def network(self) -> Encoder:
        """Return the encoder that is taught."""
        return build_encoder(self.architecture, **self.options)

    def assistants(self) -> nn.ModuleDict:
        """Return the localizer."""
        return nn.ModuleDict({"localizer": Localizer(self.n, self.m)})

    def make_batch(self, pool: FramePool, rng: np.random.Generator) -> dict[str, Any]:
        """Return `frames`, uint8 (samples * (k + 1), s, s, 3), `patches` (samples, p, p, 3), `theta` (samples, 3)."""
        frames, patches, thetas = [], [], []
        for _ in range(self.n_samples):
            *seen, after = self._crops(pool.moment(rng, self.offsets), rng)
            theta = self._place(seen[-1], after, rng)
            frames += seen
            patches.append(cut_patch(seen[-1], theta, self.n, self.m))
            thetas.append(theta)
        return {"frames": np.stack(frames), "patches": np.stack(patches), "theta": np.stack(thetas)}

    def _crops(self, images: list[NDArray[np.uint8]], rng: np.random.Generator) -> list[NDArray[np.uint8]]:
        """Return the same random part of every image, uint8 (s, s, 3), mirrored or not."""
        height, width = images[0].shape[:2]
        scale = self.frame_px * _BEFORE_CROP / min(height, width)
        width, height = round(width * scale), round(height * scale)
        left, top = rng.integers(width - self.frame_px + 1), rng.integers(height - self.frame_px + 1)
        mirror = -1 if rng.random() < 0.5 else 1
        part = slice(top, top + self.frame_px), slice(left, left + self.frame_px)
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        resized = (cv2.resize(image, (width, height), interpolation=how) for image in images)
        return [np.ascontiguousarray(image[part][:, ::mirror]) for image in resized]

    def _place(
        self, frame: NDArray[np.uint8], after: NDArray[np.uint8], rng: np.random.Generator
    ) -> NDArray[np.float32]:
        """Return the theta (3,) of a random patch where something moves."""
        change = cv2.absdiff(frame, after).mean(2)
        side = round(self.frame_px * _PATCH_SHARE)
        mean = cv2.boxFilter(change, -1, (side, side), borderType=cv2.BORDER_REFLECT_101)
        middles = np.linspace(_PATCH_SHARE / 2, 1 - _PATCH_SHARE / 2, _WINDOWS)  # in sides of the frame
        at = np.rint(middles * self.frame_px - 0.5).astype(int)
        moving = np.argsort(mean[np.ix_(at, at)].ravel(), kind="stable")[-_MOVING:]
        row, col = divmod(int(rng.choice(moving)), _WINDOWS)
        x, y = np.array([middles[col], middles[row]]) + rng.uniform(-self.jitter, self.jitter, 2)
        turn = math.radians(rng.uniform(-self.max_turn_deg, self.max_turn_deg))
        return np.array([2 * x - 1, 2 * y - 1, turn], np.float32)

    def losses(
        self,
        encoder: nn.Module,
        assistants: nn.ModuleDict,
        batch: dict[str, Any],
        compute: Compute,
        progress: float,
        seed: int,
    ) -> tuple[dict[str, Tensor], Tensor]:
        """Return the weighted terms of the loss; see `Recipe.losses`."""
        with compute.autocast():
            frames = encoder(picture_batch(batch["frames"], compute)).coarse
            patch = encoder(picture_batch(batch["patches"], compute)).coarse
        clip = frames.unflatten(0, (self.n_samples, -1)).unbind(1)  # k + 1 of (samples, C, n, n)
        theta = torch.as_tensor(batch["theta"], device=frames.device)
        terms = self.cycles(assistants["localizer"], clip, patch, theta)
        return terms, cells_of(clip[-1].detach())[:, :: max(1, self.n**2 // 7)].reshape(-1, patch.shape[1])

    def cycles(self, localizer: nn.Module, clip: tuple[Tensor, ...], patch: Tensor, theta: Tensor) -> dict[str, Tensor]:
        """Return the weighted terms, each summed over i = 1..k (section 2.2.1).

        `clip` are the features of the frames t-k..t, (B, C, n, n) each; `patch` (B, C, m, m) is of frame t at `theta`.
        """

        def track(frame: int, what: Tensor) -> tuple[Tensor, Tensor, Tensor]:
            """Return the patch found on frame t - `frame`, its theta and the affinity: T of section 2.2.2."""
            matches = affinity(clip[-1 - frame], what)
            found = localizer(matches)
            return sample_patch(clip[-1 - frame], found, self.m), found, matches

        def error(found: Tensor) -> Tensor:
            return alignment_error(found, theta, self.m / self.n).mean()

        long, skip, alike = [], [], []
        back = patch
        for i in range(1, len(clip)):
            back, _, _ = track(i, back)
            here = back
            for frame in range(i - 1, -1, -1):
                here, home, _ = track(frame, here)
            long.append(error(home))
            there, found, matches = track(i, patch)
            alike.append(self._likeness(patch, there, matches, found))
            _, home, _ = track(0, there)
            skip.append(error(home))
        return {
            "similarity": -self.sim_weight * torch.stack(alike).sum(),
            "skip": self.skip_weight * torch.stack(skip).sum(),
            "long": self.long_weight * torch.stack(long).sum(),
        }

    def _likeness(self, patch: Tensor, found: Tensor, matches: Tensor, theta: Tensor) -> Tensor:
        """Return how alike a patch and what was found for it are, at most 1."""
        if self.similarity == "inner":
            return (patch * found).sum(1).mean()
        return inlier_share(matches, theta).mean()


def options_for(architecture: str) -> dict[str, int | str]:
    """Return how an encoder is built for this recipe: ResNets mirror, the larger projects to 512 channels [code]."""
    if not architecture.startswith("resnet"):
        return {}
    return {"padding": "reflect"} | ({"n_projected": 512} if architecture == "resnet50" else {})


def scaled_down(architecture: str = "resnet18") -> CycleRecipe:
    """Return the recipe at the scale that fits a processor; see the module."""
    return CycleRecipe("cycle", architecture, options_for(architecture), frame_px=120, n_samples=8)


def cut_patch(frame: NDArray[np.uint8], theta: NDArray[np.float32], n: int, m: int) -> NDArray[np.uint8]:
    """Return the patch of a frame of `n` x `n` cells at theta (3,), uint8 (8 m, 8 m, 3); edges are mirrored."""
    x, y, turn = (float(value) for value in theta)
    cos, sin = math.cos(turn), math.sin(turn)
    linear = np.array([[cos, -sin], [sin, cos]])
    middle = ((n - 1) / 2 + n / 2 * np.array([x, y])) * _STRIDE
    offset = middle - linear @ np.full(2, (m - 1) / 2 * _STRIDE)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    affine = np.column_stack([linear, offset])
    return cv2.warpAffine(frame, affine, (m * _STRIDE, m * _STRIDE), flags=flags, borderMode=cv2.BORDER_REFLECT_101)
