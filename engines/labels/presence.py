"""Where an object is on a frame, as a label can say it.

Lives with the engines because they judge it; the project stores it as its value.
"""

from enum import StrEnum


class Presence(StrEnum):
    """State of one object on one frame."""

    VISIBLE = "visible"
    OCCLUDED = "occluded"
    OUT_OF_FRAME = "out_of_frame"
    UNCERTAIN = "uncertain"

    @property
    def words(self) -> str:
        """The state as it is said: "out of frame"."""
        return self.value.replace("_", " ")
