"""Commands on objects of points: add one, change its skeleton, exchange its sides."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from app.desk.workspace import Workspace
from app.formats.skeletons import shipped
from app.project import point_verbs, verbs
from app.project.model import Object
from app.project.skeleton import Skeleton
from widgets.dialogs.ask import Ask
from widgets.dialogs.skeleton import SkeletonDialog
from widgets.settings import Settings
from widgets.words import count


class PointCommands(QObject):
    """Targets of the Object menu for points. GUI thread only."""

    def __init__(self, workspace: Workspace, settings: Settings, ask: Ask, window: QWidget) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._settings = settings
        self._ask = ask
        self._window = window

    @property
    def _found(self) -> Object | None:
        project, object_id = self._workspace.project, self._workspace.view.object_id
        return None if project is None or object_id is None else project.objects.get(object_id)

    def add(self) -> None:
        """Ask for a skeleton and add an object of points with it."""
        project = self._workspace.project
        if project is None:
            return
        own = dict.fromkeys(found.skeleton for found in project.objects.values() if found.skeleton is not None)
        choices = list(dict.fromkeys((*own, *shipped())))
        last, selected = self._settings.words("points").get("skeleton", ""), self._found
        start = None if selected is None else selected.skeleton
        start = start or next((each for each in choices if each.name == last), choices[0])
        words = ("New object of points", "", "Add")
        dialog = SkeletonDialog(self._ask, self._settings.folder("open"), start, choices, words, self._window)
        dialog.wanted.connect(self.add_with)
        dialog.open()

    def add_with(self, skeleton: Skeleton) -> None:
        """Add an object of points, select it and take the tool that places its joints."""
        project = self._workspace.project
        if project is None:
            return
        self._settings.set_words("points", {"skeleton": skeleton.name})
        edit = verbs.add_object(project, skeleton=skeleton)
        self._workspace.do(edit)
        self._workspace.view.object_id = next(iter(edit.objects))
        self._workspace.view.tool = "points"

    def edit_skeleton(self) -> None:
        """Let the selected object's skeleton be changed, for all objects that have it."""
        project, found = self._workspace.project, self._found
        if project is None or found is None or found.skeleton is None:
            return
        n_alike = sum(each.skeleton == found.skeleton for each in project.objects.values())
        remark = "Labels stay as they are: what was placed of a joint is kept, whatever it is called and wherever it is"
        alike = f". {n_alike} objects have this skeleton, and all of them get the new one." if n_alike > 1 else "."
        words = (f"Skeleton of {found.name}", remark + alike, "Change")
        folder = self._settings.folder("open")
        dialog = SkeletonDialog(self._ask, folder, found.skeleton, words=words, parent=self._window)
        dialog.wanted.connect(partial(self._set_skeleton, found.skeleton))
        dialog.open()

    def _set_skeleton(self, before: Skeleton, after: Skeleton) -> None:
        project = self._workspace.project
        if project is not None:
            edit = point_verbs.set_skeleton(project, before, after)
            self._workspace.do(edit)
            if len(edit.objects) > 1:
                self._workspace.say(f"The skeleton of {count(len(edit.objects), 'object')} was changed.")

    def mirror(self) -> None:
        """Exchange left and right of the selected object on this frame."""
        project, view = self._workspace.project, self._workspace.view
        if project is not None and view.object_id in project.objects:
            self._workspace.do(point_verbs.mirror_points(project, view.object_id, view.frame))
