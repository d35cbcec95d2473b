"""The tool that places joints."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from app.project import point_verbs
from app.project.model import Kind, Object
from app.project.skeleton import SkeletonJoint
from engines.labels.points import Joint, Points
from widgets.canvas import marks
from widgets.canvas.points_layer import SELECTED_JOINT_PX, Pick
from widgets.canvas.stage import Stage
from widgets.canvas.tools.joint_order import JointOrder
from widgets.canvas.tools.joint_words import paint_words, words_bounds, words_of
from widgets.canvas.tools.select import is_click
from widgets.canvas.tools.tool import Pointer, Tool

NUDGE_PX, FAR_NUDGE_PX = 1.0, 10.0
"""Image pixels that an arrow key moves a joint by, alone and with Shift."""
_ARROWS = {"Left": (-1, 0), "Right": (1, 0), "Up": (0, -1), "Down": (0, 1)}


class PointsTool(Tool):
    """Clicks place the selected object's joints one after the other; a joint that is there is dragged.

    A click on a joint picks it, and arrows move what is picked. The right button places a joint that something hides,
    or says so of one that is placed. Every change is one step, and makes an anchor of all that is seen of the object.
    """

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, stage: Stage) -> None:
        super().__init__(stage)
        self._start: Pointer | None = None
        self._held: Pick | None = None
        self._picked: Pick | None = None
        self._hover: Pointer | None = None
        self._order = JointOrder()

    # what there is

    @property
    def is_busy(self) -> bool:
        """Whether a joint is being dragged."""
        return self._held is not None

    @property
    def picked(self) -> Pick | None:
        """The joint that arrows move, if it is still there."""
        return self._picked if self._picked is not None and self._joint(self._picked) is not None else None

    @property
    def next_joint(self) -> SkeletonJoint | None:
        """The joint that the next click places; None where all are placed, or no object of points is selected."""
        return self._order.next(self._missing())

    def _missing(self) -> list[SkeletonJoint]:
        """Return the selected object's joints that are not placed, in the skeleton's order."""
        found = self._object()
        if found is None or found.skeleton is None:
            return []
        points = self._points(found.object_id)
        return [joint for joint in found.skeleton.joints if points.at(joint.slot) is None]

    def _object(self) -> Object | None:
        workspace = self.stage.workspace
        project, object_id = workspace.project, workspace.view.object_id
        found = None if project is None or object_id is None else project.objects.get(object_id)
        return found if found is not None and found.kind is Kind.POINTS else None

    def _points(self, object_id: int) -> Points:
        return self.stage.layers.points.points_of(object_id) or Points()

    def _joint(self, pick: Pick) -> Joint | None:
        return self._points(pick.object_id).at(pick.slot)

    # gestures

    def press(self, pointer: Pointer) -> None:
        """Take hold of a joint, or place the next one and take hold of that."""
        if pointer.button not in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton) or self.is_busy:
            return
        is_other = pointer.button == Qt.MouseButton.RightButton
        pick = self.stage.layers.points.joint_at(self.stage.viewport, pointer.view_x, pointer.view_y)
        if pick is not None:
            self.stage.workspace.view.object_id = pick.object_id
        found = self._editable()
        if found is None or found.skeleton is None:
            return
        points = self._points(found.object_id)
        if pick is not None and is_other:
            self._picked = pick
            self.toggle_hidden()
            return
        if pick is None:
            joint = self.next_joint
            if joint is None:
                self.stage.workspace.say(
                    f"All joints of {found.name} are placed on this frame; drag them, or press N for another one."
                )
                return
            pick = Pick(found.object_id, joint.slot)
            points = points.with_joint(pick.slot, Joint(pointer.x, pointer.y, not is_other))
            self._start = None
        else:
            self._start = pointer
        self._held = pick
        self.stage.layers.points.hand = (found.object_id, points)
        self._hover_at(pointer)

    def move(self, pointer: Pointer) -> None:
        """Drag the joint that is held."""
        hand = self.stage.layers.points.hand
        if self._held is not None and hand is not None and not (self._start and is_click(self._start, pointer)):
            self._start = None
            joint = hand[1].at(self._held.slot)
            if joint is not None:
                moved = joint._replace(x=pointer.x, y=pointer.y)
                self.stage.layers.points.hand = (hand[0], hand[1].with_joint(self._held.slot, moved))
        self._hover_at(pointer)

    def release(self, pointer: Pointer) -> None:
        """Let go: one step. Where the joint was only clicked it is picked."""
        if self.is_busy:
            self._put_down()

    def double_click(self, pointer: Pointer) -> None:
        """Take it as two clicks."""
        self.press(pointer)

    def leave(self) -> None:
        """Take the words at the pointer away."""
        self._hover = None
        self.stage.refresh_overlay()

    def finish(self) -> None:
        """Make a step of what was dragged or placed, and pick nothing: frame or object are about to change."""
        if self.is_busy:
            self._put_down()
        self._picked = None
        self._order.clear()
        self.stage.refresh_overlay()

    def _put_down(self) -> None:
        """Make a step of what was dragged or placed, or pick what was clicked."""
        held, self._held = self._held, None
        hand, self.stage.layers.points.hand = self.stage.layers.points.hand, None
        start, self._start = self._start, None
        if held is None or hand is None:
            return
        if start is not None:
            self._picked = held
        else:
            found = self._named(held.object_id)
            was_there = self._points(held.object_id).at(held.slot) is not None
            self._picked = held if was_there else None
            self._commit(found, hand[1], "move" if was_there else "place", held.slot)
        self.stage.refresh_points()
        self.stage.refresh_overlay()

    def cancel(self) -> None:
        """Put the joint back."""
        self._held = self._start = None
        self.stage.layers.points.hand = None
        self.stage.refresh_points()
        self.stage.refresh_overlay()

    def put_away(self) -> None:
        """Let go of everything."""
        self._picked = None
        self._order.clear()
        self.cancel()

    # keys

    def keys(self) -> Mapping[str, Callable[[], None]]:
        """Return what keys do: skip, hide, and with a joint picked, move, remove and let go of it."""
        found: dict[str, Callable[[], None]] = {}
        if self._object() is not None:
            back = dict.fromkeys(("Shift+Tab", "Shift+Backtab", "Backtab"), self.skip_back)  # as systems call it
            found |= {"Tab": self.skip, "H": self.toggle_hidden} | back
        if self.picked is not None:
            found |= {"Del": self.remove, "Esc": self.let_go}
            for name, (dx, dy) in _ARROWS.items():
                found[name] = partial(self.nudge, NUDGE_PX * dx, NUDGE_PX * dy)
                found[f"Shift+{name}"] = partial(self.nudge, FAR_NUDGE_PX * dx, FAR_NUDGE_PX * dy)
        return found

    def skip(self) -> None:
        """Leave the next joint for last: the one after it comes."""
        self._order.skip(self._missing())
        self.stage.refresh_overlay()

    def skip_back(self) -> None:
        """Go back to the joint before."""
        self._order.skip_back(self._missing())
        self.stage.refresh_overlay()

    def toggle_hidden(self) -> None:
        """Say of the joint that is picked, pointed at or placed last that something hides it, or that it is seen."""
        pick = self.picked or self._pointed_at()
        found = self._editable()
        if pick is None or found is None:
            self.stage.workspace.say("Point at a joint, or click it, to say whether something hides it.")
            return
        points, joint = self._points(pick.object_id), self._joint(pick)
        assert joint is not None
        hidden = points.with_joint(pick.slot, joint._replace(is_visible=not joint.is_visible))
        self._commit(self._named(pick.object_id), hidden, "hide" if joint.is_visible else "show", pick.slot)

    def nudge(self, dx: float, dy: float) -> None:
        """Move the joint that is picked by image pixels."""
        pick = self.picked
        joint = None if pick is None else self._joint(pick)
        if pick is not None and joint is not None and self._editable() is not None:
            moved = self._points(pick.object_id).with_joint(pick.slot, joint._replace(x=joint.x + dx, y=joint.y + dy))
            self._commit(self._named(pick.object_id), moved, "move", pick.slot)

    def remove(self) -> None:
        """Take the joint that is picked away from this frame."""
        pick = self.picked
        if pick is not None and self._editable() is not None:
            rest = self._points(pick.object_id).with_joint(pick.slot, None)
            self._commit(self._named(pick.object_id), rest, "remove", pick.slot)
            self._order.go_to(pick.slot, self._missing())

    def let_go(self) -> None:
        """Pick nothing."""
        self._picked = None
        self.stage.refresh_overlay()

    # changing

    def _editable(self) -> Object | None:
        """Return the selected object of points, or say why it cannot be changed and return None."""
        workspace = self.stage.workspace
        found, view = self._object(), workspace.view
        if workspace.project is None or workspace.clip is None:
            return None
        view.is_playing = False
        why = ""
        if found is None:
            has_any = any(each.kind is Kind.POINTS for each in workspace.project.objects.values())
            why = "Select an object of points to place its joints." if has_any else ""
            why = why or "Add an object of points first (Shift+N), then place its joints."
        elif found.is_locked or found.is_hidden:
            state, what = ("locked", "unlock") if found.is_locked else ("hidden", "show")
            why = f"{found.name} is {state}; {what} it in the object list to place its joints."
        elif self.stage.shown_frame != view.frame:
            why = f"Frame {view.frame} is still being decoded; place joints when it is shown."
        if why:
            workspace.say(why)
        return None if why else found

    def _named(self, object_id: int) -> Object:
        project = self.stage.workspace.project
        assert project is not None
        return project.objects[object_id]

    def _commit(self, found: Object, points: Points, verb: str, slot: int) -> None:
        workspace = self.stage.workspace
        frame = self.stage.shown_frame
        if workspace.project is None or frame is None:
            return
        joint = None if found.skeleton is None else found.skeleton.joint(slot)
        text = f"{verb} {'joint' if joint is None else joint.name} of {found.name}"
        workspace.do(point_verbs.place_points(workspace.project, found.object_id, frame, points, text=text))
        self.stage.refresh_overlay()

    # drawing

    def _pointed_at(self) -> Pick | None:
        if self._hover is None:
            return None
        return self.stage.layers.points.joint_at(self.stage.viewport, self._hover.view_x, self._hover.view_y)

    def overlay_bounds(self) -> QRectF:
        """Return the surroundings of the words at the pointer, and of the joint that is picked."""
        bounds = QRectF()
        if self._hover is not None:
            bounds = words_bounds(self._hover.view_x, self._hover.view_y)
        pick = self.picked
        joint = None if pick is None else self._joint(pick)
        if joint is not None:
            x, y = self.stage.viewport.to_view(joint.x, joint.y)
            bounds |= QRectF(x - 16, y - 16, 32, 32)
        return bounds

    def paint(self, painter: QPainter) -> None:
        """Draw a ring around the joint that is picked, and name the one pointed at or to be placed next."""
        pick = self.picked
        joint = None if pick is None else self._joint(pick)
        if joint is not None:
            place = QPointF(*self.stage.viewport.to_view(joint.x, joint.y))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            marks.twice(painter, lambda: painter.drawEllipse(place, SELECTED_JOINT_PX + 4, SELECTED_JOINT_PX + 4))
        if self._hover is None:
            return
        words, colour = self._words()
        if words:
            paint_words(painter, self._hover.view_x, self._hover.view_y, words, colour)

    def _words(self) -> tuple[str, QColor | None]:
        """Return what to say at the pointer, and the colour of the joint that it is about."""
        pick = self._held or self._pointed_at()
        if pick is not None:
            skeleton, joint = self._named(pick.object_id).skeleton, self._joint(pick)
            named = None if skeleton is None else skeleton.joint(pick.slot)
            if named is None or joint is None:
                return "", None
            return words_of(named, joint), QColor(*named.colour)
        found, named = self._object(), self.next_joint
        if found is None or found.skeleton is None or named is None:
            return "", None
        return f"{named.name}  ({len(self._missing())} left, Tab skips)", QColor(*named.colour)

    def _hover_at(self, pointer: Pointer) -> None:
        self._hover = pointer
        if self._held is not None:
            self.stage.refresh_points()
        self.stage.refresh_overlay()
