"""Commands on files: open, save, import, export, close. What takes time runs as a job."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from app.beside import STILL_SUFFIXES, VIDEO_SUFFIXES
from app.desk.jobs import Job, JobEnd
from app.desk.workspace import Workspace
from app.errors import UserError
from app.formats.placing import Match
from app.formats.registry import FORMATS
from app.opening import PROJECT_SUFFIX
from app.project.clip_location import ClipMissing
from app.tasks.exchange import (
    Becomes,
    ExportPlan,
    Snapshot,
    Wanted,
    export_labels,
    export_plan,
    label_source,
    snapshot,
)
from app.tasks.export_choice import proposed_format, refuse_nothing
from widgets.commands.importing import LabelImport, progress_of
from widgets.dialogs.ask import Ask
from widgets.dialogs.export import ExportDialog
from widgets.dialogs.import_labels import ImportDialog
from widgets.last_frames import LastFrames
from widgets.panels.job_bar import JobBar
from widgets.panels.messages import Messages
from widgets.settings import Settings
from widgets.stopped_run import StoppedRun

CLIPS = f"Videos and stills ({' '.join(f'*{suffix}' for suffix in VIDEO_SUFFIXES + STILL_SUFFIXES)});;All files (*)"
PATIENCE_MS = 400
"""Opening is told of only when it takes longer than this."""
PROJECTS = f"Throughline projects (*{PROJECT_SUFFIX})"


class FileCommands(QObject):
    """Targets of the File menu, and where failures are told. GUI thread only."""

    def __init__(
        self, workspace: Workspace, settings: Settings, ask: Ask, messages: Messages, jobs: JobBar, window: QWidget
    ) -> None:
        super().__init__(window)
        self._workspace = workspace
        self._settings = settings
        self._ask = ask
        self._messages = messages
        self._jobs = jobs
        self._window = window
        self._asked_for = ""
        """What the person waits for, so that its failure is told in a dialog: "open" or "save"."""
        self._opening_path: Path | None = None
        self._planning: Job | None = None
        self._patience = QTimer(self, interval=PATIENCE_MS, singleShot=True)
        self._patience.timeout.connect(self._on_patience_ended)
        workspace.failed.connect(self.on_failed)
        workspace.clip_changed.connect(self.on_clip_changed)
        workspace.project_moved.connect(self.remember)
        self._last_frames = LastFrames(workspace, settings, self)
        self._stopped_run = StoppedRun(workspace, self)

    # opening

    def open_clip(self) -> None:
        """Ask for a video or a still and open it."""
        self._ask.open_file("Open clip", self._settings.folder("open"), CLIPS, self.open_path)

    def open_folder(self) -> None:
        """Ask for a folder of frames and open it."""
        self._ask.open_folder("Open folder of frames", self._settings.folder("open"), self.open_path)

    def open_project(self) -> None:
        """Ask for a project and open it."""
        self._ask.open_file("Open project", self._settings.folder("save"), PROJECTS, self.open_path)

    def open_path(self, path: Path, clip_path: Path | None = None) -> None:
        """Open whatever lies at `path`; `clip_path` is where a project's clip is now."""
        path = path.expanduser().absolute()
        self._settings.set_folder("save" if path.suffix == PROJECT_SUFFIX else "open", path.parent)
        self._asked_for, self._opening_path = "open", path
        self._workspace.open(path, clip_path)
        self._patience.start()

    @Slot()
    def _on_patience_ended(self) -> None:
        if self._workspace.is_opening and self._opening_path is not None:
            self._messages.say(f"Opening {self._opening_path.name}…")

    @Slot()
    def on_clip_changed(self) -> None:
        """Begin with a clean slate."""
        if self._workspace.clip is not None:
            self._asked_for = ""
            self._messages.clear()
            self.remember()

    @Slot()
    def remember(self) -> None:
        """Put what is open on top of the recent files."""
        workspace = self._workspace
        if workspace.clip is not None and workspace.project is not None:
            self._settings.add_recent(workspace.project.path if workspace.is_saved_by_user else workspace.clip.path)

    @Slot(object)
    def on_failed(self, error: UserError) -> None:
        """Tell a failure: in a dialog where the person waits for the outcome, else in a banner."""
        asked_for, self._asked_for = self._asked_for, ""
        if isinstance(error, ClipMissing):
            self._ask_for_clip(error)
        elif asked_for:
            self._ask.tell(error)
        else:
            self._messages.warn(str(error))
        if asked_for == "open" and self._opening_path is not None and not isinstance(error, ClipMissing):
            self._settings.drop_recent(self._opening_path)

    def _ask_for_clip(self, error: ClipMissing) -> None:
        name = Path(error.record.absolute_path).name
        open_again = partial(self._open_with_clip, error.project_path)
        folder = self._settings.folder("open")
        self._ask.choose(
            "Where is the clip?",
            f"{error.problem}. Its labels are safe in the project; show where the clip is now.",
            {
                "Find the file…": partial(self._ask.open_file, f"Find {name}", folder, CLIPS, open_again),
                "Find the folder…": partial(self._ask.open_folder, f"Find {name}", folder, open_again),
            },
        )

    def _open_with_clip(self, project_path: Path, clip_path: Path) -> None:
        self.open_path(project_path, clip_path)

    def close(self) -> None:
        """Close clip and project."""
        self._workspace.close()

    # saving

    def save(self) -> None:
        """Give an unsaved project a file; tell that all is saved where it has one."""
        if self._workspace.is_saved_by_user:
            self._workspace.say("All changes are saved already, each as you make it.")
        else:
            self.save_as()

    def save_as(self) -> None:
        """Ask for a file and go on in it."""
        clip = self._workspace.clip
        if clip is not None:
            folder = self._settings.folder("save")
            proposed = folder / f"{clip.path.stem or clip.path.name}{PROJECT_SUFFIX}"
            self._ask.save_file("Save project as", proposed, PROJECTS, PROJECT_SUFFIX.lstrip("."), self.save_to)

    def save_to(self, path: Path) -> None:
        """Go on in the file `path`."""
        if path.suffix != PROJECT_SUFFIX:
            path = path.with_name(path.name + PROJECT_SUFFIX)
        self._settings.set_folder("save", path.parent)
        self._asked_for = "save"
        self._workspace.save_as(path)
        self._asked_for = ""

    # import and export

    def import_labels(self) -> None:
        """Open the import dialog."""
        folder = self._settings.folder("open")
        dialog = ImportDialog(self._ask, folder, self._settings.format_name("import"), self._window)
        dialog.wanted.connect(self.import_from)
        dialog.open()

    @Slot(Path, str, object, object)
    def import_from(
        self,
        path: Path,
        format_name: str = "davis",
        match: Match = Match.AUTO,
        becomes: Becomes = Becomes.ANCHORS,
    ) -> None:
        """Take the labels at `path` in as new objects."""
        if self._workspace.project is not None:
            self._settings.set_format_name("import", format_name)
            self._settings.set_folder("open", path.parent)
            self._asked_for = "import"
            label_import = LabelImport(self._workspace, path, format_name, match, becomes)
            label_import.ended.connect(self._on_imported)
            self._jobs.follow(label_import.job, f"Importing {path.name}", progress_of)

    @Slot()
    def _on_imported(self) -> None:
        self._asked_for = ""

    def export(self, format_name: str = "") -> None:
        """Open the export dialog: on the format that is named, else on that of the last export if it suits."""
        project, clip = self._workspace.project, self._workspace.clip
        if project is not None and clip is not None:
            proposed = self._settings.folder("export") / Path(self._workspace.title).stem
            if not format_name:
                format_name = proposed_format(snapshot(project, clip), self._settings.format_name("export"))
            dialog = ExportDialog(proposed, format_name, self._window)
            dialog.changed.connect(partial(self._plan_export, dialog))
            dialog.wanted_now.connect(partial(self._on_export_wanted, dialog))
            self._plan_export(dialog)
            dialog.open()

    def _plan_export(self, dialog: ExportDialog) -> None:
        """Work out what an export would write and lose, on the I/O lane, for `dialog` to show; the newest counts."""
        project, clip = self._workspace.project, self._workspace.clip
        if project is None or clip is None:
            return
        taken, name, wanted = snapshot(project, clip), dialog.format_name, dialog.wanted
        if self._planning is not None:
            self._planning.cancel()
        self._planning = self._workspace.start_job(lambda: _planned(taken, name, wanted), "Preview of the export")
        self._planning.progressed.connect(partial(self._on_planned, dialog, self._planning))

    def _on_planned(self, dialog: ExportDialog, job: Job, plan: ExportPlan | UserError) -> None:
        if job is self._planning and isValid(dialog):
            dialog.show_plan(plan)

    def _on_export_wanted(self, dialog: ExportDialog) -> None:
        """Export and end the dialog; where an earlier export would be replaced, ask first; a no leads back to it."""
        plan, folder = dialog.plan, dialog.folder
        if plan is None:
            return
        self._asked_for = "export"
        looking = self._workspace.start_job(lambda: iter((plan.replaces(folder),)), "Looking for earlier exports")
        looking.progressed.connect(partial(self._on_looked, dialog, folder))

    def _on_looked(self, dialog: ExportDialog, folder: Path, is_there: bool) -> None:
        if not isValid(dialog) or dialog.folder != folder:  # given up, or another folder by now
            return
        if not is_there:
            self._export_and_end(dialog)
            return
        self._asked_for = ""
        text = f"{folder} has an earlier export. Files of the same names will be replaced."
        self._ask.choose("Replace the earlier export?", text, {"Replace": partial(self._export_and_end, dialog)})

    def _export_and_end(self, dialog: ExportDialog) -> None:
        if isValid(dialog):
            format_name, folder, wanted = dialog.format_name, dialog.folder, dialog.wanted
            dialog.accept()
            self.export_to(format_name, folder, wanted)

    def export_to(self, format_name: str, folder: Path, wanted: Wanted | None = None) -> None:
        """Write what is wanted of accepted labels and anchors to `folder`, all of them if nothing is said."""
        project, clip = self._workspace.project, self._workspace.clip
        if project is None or clip is None:
            return
        self._settings.set_folder("export", folder.parent)
        self._settings.set_format_name("export", format_name)
        self._asked_for = "export"
        taken, wanted = snapshot(project, clip), wanted or Wanted()
        title = f"Exporting {FORMATS[format_name].title}"
        job = self._workspace.start_job(
            lambda: export_labels(label_source(taken, wanted), format_name, folder, with_pictures=wanted.with_pictures),
            title,
        )
        job.ended.connect(partial(self._on_exported, job, folder))
        self._jobs.follow(job, title)

    def _on_exported(self, job: Job, folder: Path) -> None:
        if job.end is JobEnd.FINISHED:
            self._asked_for = ""
            self._workspace.say(f"Exported to {folder}.")
        elif job.end is JobEnd.CANCELLED:
            self._workspace.say("Export cancelled; nothing was written.")


def _planned(taken: Snapshot, format_name: str, wanted: Wanted) -> Iterator[ExportPlan | UserError]:
    """Yield the one plan, or why there can be none. Worker thread."""
    try:
        source = label_source(taken, wanted)
        refuse_nothing(source, format_name)
        yield export_plan(source, format_name, with_pictures=wanted.with_pictures)
    except UserError as error:
        yield error
