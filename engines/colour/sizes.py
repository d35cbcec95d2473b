"""How large a colourizing network is: one definition, in the thesis's size and in one that a processor can train."""

from __future__ import annotations

from dataclasses import dataclass

STRIDE = 4
"""Pixels of luminance a cell of chroma: the eye needs less resolution of colour (section 2.3)."""
INPUT_PX = 128
"""Short side of the picture that the network sees, and side of the squares that it learns from."""
N_MIXTURES = 10
N_PARAMETERS = 8 * N_MIXTURES
"""A logit, two means, two log scales and three coefficients for each logistic."""
PARALLEL_DILATIONS = (6, 12, 18)
"""Of the semantic head's last row (table 2.2)."""

CAMVID_CLASSES = (
    "sky",
    "building",
    "pole",
    "road",
    "pavement",
    "tree",
    "sign",
    "fence",
    "car",
    "pedestrian",
    "cyclist",
)
"""What a labelled street picture tells; 11 is unlabelled."""
N_LOOKS = 32
"""Pseudo-classes: clusters of what our correspondence encoder makes of all pictures."""
CLASS_NAMES = (*CAMVID_CLASSES, *(f"look {number + 1}" for number in range(N_LOOKS)))
N_CLASSES = len(CLASS_NAMES)


@dataclass(frozen=True, slots=True)
class NetworkSize:
    """Constants of tables 2.1 and 2.2 and of the generator.

    `widths` are the channels at 128, 64 and 32 cells and of the dilated rows; `blocks` the residual blocks of rows 2,
    4, 6, 8 and 10. `n_shared_rows` is 6 (the thesis's, by its text) or 8: rows of which f and h have one copy.
    `is_doubled` says whether ELU is of x and of -x, as in the base code, which doubles every convolution's input.
    """

    name: str
    widths: tuple[int, int, int, int]
    blocks: tuple[int, int, int, int, int]
    n_shared_rows: int
    embedding: int
    generator_width: int
    generator_blocks: int
    is_doubled: bool
    dropout: float
    n_classes: int = N_CLASSES


SIZES: dict[str, NetworkSize] = {
    size.name: size
    for size in (
        NetworkSize("small", (16, 32, 64, 64), (0, 1, 2, 2, 1), 8, 64, 32, 3, False, 0.0),
        NetworkSize("thesis", (64, 128, 256, 512), (2, 2, 2, 3, 3), 6, 160, 160, 4, True, 0.5),
    )
}
DEFAULT_SIZE = "small"
