"""Flow as a picture: hue says where to, saturation how far, and what is not seen on the other frame is dark.

After the colour wheel of Baker et al., "A Database and Evaluation Methodology for Optical Flow" (IJCV 2011); ours has
plain HSV hues.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.propagation.long_flow import LongFlow

_LONGEST_SHARE = 95
"""Percentile of the lengths that is shown in full colour: a few wild ones would make all others pale."""

_LEAST_LONGEST_PX = 1.0
_UNSEEN = 0.25
"""Brightness of what is not seen at all."""


def longest_px(flow: LongFlow) -> float:
    """Return the length in pixels that is shown in full colour."""
    lengths = np.linalg.norm(flow.flow[flow.seen], axis=-1)
    return max(_LEAST_LONGEST_PX, float(np.percentile(lengths, _LONGEST_SHARE)) if len(lengths) else 0.0)


def flow_colours(flow: LongFlow) -> NDArray[np.uint8]:
    """Return the flow as RGB uint8 (h, w, 3): red to the right, clockwise on to green and blue."""
    angle = np.arctan2(flow.flow[..., 1], flow.flow[..., 0]) % (2 * np.pi)
    length = np.linalg.norm(flow.flow, axis=-1) / longest_px(flow)
    value = _UNSEEN + (1 - _UNSEEN) * flow.certainty
    hsv = np.dstack([np.degrees(angle), np.minimum(length, 1), value]).astype(np.float32)
    return np.rint(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB) * 255).astype(np.uint8)
