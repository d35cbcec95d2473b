"""Files: opened, remembered, saved, imported and exported; what fails is told where the person looks."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtWidgets import QApplication, QMessageBox

from app.desk.run_request import RunRequest
from app.errors import UserError
from app.formats.look import Look
from app.formats.placing import LabelsRead
from app.formats.registry import FORMATS
from app.project import verbs
from app.project.model import Kind
from app.project.point_verbs import place_points
from app.project.skeleton import skeleton_of
from app.tasks.exchange import ExportPlan
from engines.labels.points import Joint, Points
from engines.labels.rle import RleMask
from widgets.commands import importing
from widgets.dialogs.ask import Ask
from widgets.dialogs.export import ExportDialog
from widgets.dialogs.import_labels import ImportDialog
from widgets.settings import MOST_LAST_FRAMES, MOST_RECENT, Settings


def import_through_the_dialog(window):
    """Choose the folder that the test has laid ready, and import it."""
    window.action_set["import_labels"].trigger()
    dialog = window.findChildren(ImportDialog)[-1]
    assert not dialog.import_button.isEnabled()
    dialog.ask_for_folder()
    dialog.import_button.click()


def anchor(window, frame=0):
    workspace = window.workspace
    object_id = workspace.view.object_id or workspace.add_object()
    mask = np.zeros((48, 64), bool)
    mask[8:30, 10:40] = True
    workspace.do(verbs.paint_mask(workspace.project, object_id, frame, RleMask.encode(mask)))
    return object_id


@pytest.fixture
def label_folder(tmp_path):
    folder = tmp_path / "labels"
    folder.mkdir()
    for frame in (0, 3):
        values = np.zeros((48, 64), np.uint8)
        values[4:20, 5:25] = 1
        values[25:40, 30:60] = 2
        Image.fromarray(values).save(folder / f"{frame:05d}.png")
    return folder


def test_a_file_that_is_no_clip_is_told_in_a_dialog_and_leaves_the_recent_list(window, ask, tmp_path, qtbot):
    path = tmp_path / "notes.mp4"
    path.write_text("these are notes")
    ask.path = path
    window.action_set["open_clip"].trigger()
    qtbot.waitUntil(lambda: bool(ask.told))
    assert "notes.mp4" in str(ask.told[0])
    assert window.settings.recent == []
    assert window.workspace.clip is None


def test_what_nobody_waits_for_is_told_in_a_banner(opened, ask):
    opened.workspace.failed.emit(UserError("The disk is full", "free some space"))
    assert ask.told == []
    assert opened.messages.banners[-1].message.text == "The disk is full: free some space."
    assert opened.messages.banners[-1].message.is_warning


def test_what_is_opened_again_goes_on_at_the_frame_last_looked_at(opened, clip_folder, tmp_path, qtbot):
    other = tmp_path / "other"
    other.mkdir()
    for frame in range(3):
        Image.new("RGB", (64, 48), (9, 9, 9)).save(other / f"{frame:05d}.png")

    def open_path(path):
        opened.files.open_path(path)
        qtbot.waitUntil(lambda: opened.workspace.clip is not None and opened.workspace.clip.path == path)

    opened.workspace.request_frame(5)
    open_path(other)
    assert opened.workspace.view.frame == 0
    open_path(clip_folder)
    assert opened.workspace.view.frame == 5
    qtbot.waitUntil(lambda: opened.canvas.shown_frame == 5)
    anchor(opened, 5)
    opened.workspace.save_as(tmp_path / "mine.throughline")
    opened.close()
    assert Settings().last_frame(tmp_path / "mine.throughline") == 5


def test_what_is_remembered_is_on_disk_soon_after_it_changes(opened, qtbot):
    file = Path(opened.settings._store.fileName())
    opened.workspace.request_frame(5)
    opened.workspace.view.unsure_below = 0.93
    opened.plan.choose("quality", "draft")
    project = opened.workspace.project.path.name

    def is_written():
        text = file.read_text() if file.exists() else ""
        return "unsure_below=0.93" in text and "quality=draft" in text and f'{project}\\", 5]' in text

    qtbot.waitUntil(is_written)


def test_a_settings_file_that_somebody_wrote_in_is_no_obstacle(tmp_path):
    file = tmp_path / "window.ini"
    file.write_text("[General]\nlast_frames=oh\nrecent=@ByteArray(oh)\n")
    settings = Settings(file)
    assert settings.last_frame(tmp_path / "x") == 0 and settings.recent == []
    for number in range(MOST_LAST_FRAMES + 5):
        settings.set_last_frame(tmp_path / str(number), number)
    assert (settings.last_frame(tmp_path / "3"), settings.last_frame(tmp_path / "50")) == (0, 50)


def test_saving_gives_the_project_a_file_and_then_says_that_all_is_saved(opened, ask, tmp_path):
    anchor(opened)
    ask.path = tmp_path / "mine"
    opened.action_set["save"].trigger()
    path = tmp_path / "mine.throughline"
    assert path.exists() and opened.workspace.project.path == path
    assert ask.proposed.name == "clip.throughline"
    assert opened.windowTitle() == "mine.throughline – Throughline"
    assert opened.settings.recent[0] == path
    assert opened.workspace.undo_stack.canUndo()
    said = []
    opened.workspace.said.connect(said.append)
    opened.action_set["save"].trigger()
    assert said == ["All changes are saved already, each as you make it."]


def test_a_save_that_fails_is_told_in_a_dialog(opened, ask, tmp_path):
    ask.path = tmp_path / "missing" / "mine.throughline"
    opened.action_set["save_as"].trigger()
    assert len(ask.told) == 1
    assert not opened.workspace.is_saved_by_user


def test_a_project_whose_clip_has_moved_asks_where_it_is(opened, ask, tmp_path, clip_folder, qtbot):
    object_id = anchor(opened)
    opened.files.save_to(tmp_path / "mine.throughline")
    opened.files.close()
    moved = clip_folder.rename(tmp_path / "elsewhere")
    ask.choice, ask.path = "Find the folder…", moved
    opened.files.open_path(tmp_path / "mine.throughline")
    qtbot.waitUntil(lambda: opened.workspace.clip is not None)
    assert ask.asked[0] == "Where is the clip?" and ask.told == []
    assert opened.workspace.clip.path == moved
    assert opened.workspace.project.anchor_frames(object_id) == [0]


def test_recent_files_are_listed_newest_first_and_greyed_when_gone(opened, clip_folder, tmp_path, qtbot):
    opened.settings.add_recent(tmp_path / "gone.mp4")
    opened.recent_menu.fill()
    gone, here = opened.recent_menu.actions()[:2]
    assert "gone.mp4" in gone.text() and clip_folder.name in here.text()
    qtbot.waitUntil(lambda: not gone.isEnabled())
    assert here.isEnabled()
    opened.files.close()
    here.trigger()
    qtbot.waitUntil(lambda: opened.workspace.clip is not None)


def test_the_recent_list_is_bounded_and_has_each_file_once(own_home, tmp_path):
    settings = Settings()
    for number in range(15):
        settings.add_recent(tmp_path / f"{number}.mp4")
    settings.add_recent(tmp_path / "9.mp4")
    assert len(settings.recent) == MOST_RECENT
    assert settings.recent[0].name == "9.mp4" and len(set(settings.recent)) == MOST_RECENT
    settings.write()
    assert Settings().recent == settings.recent
    settings.clear_recent()
    assert settings.recent == []


def test_settings_that_cannot_be_understood_are_passed_over(own_home, workspace):
    settings = Settings()
    settings._store.setValue("view/opacity", "a lot")
    settings._store.setValue("view/outline", "false")
    settings.restore_view(workspace.view)
    assert workspace.view.opacity == 0.45
    assert workspace.view.outline is False


def test_imported_labels_become_anchors_of_new_objects_in_one_step(opened, ask, label_folder, qtbot):
    mine = anchor(opened)
    before = dict(opened.workspace.project.labels_of(mine))
    ask.path = label_folder
    import_through_the_dialog(opened)
    project = opened.workspace.project
    qtbot.waitUntil(lambda: len(project.objects) == 3)
    assert dict(project.labels_of(mine)) == before
    new = [object_id for object_id in project.objects if object_id != mine]
    assert all(0 in project.anchor_frames(object_id) for object_id in new)
    opened.workspace.undo_stack.undo()
    assert list(project.objects) == [mine]
    opened.workspace.undo_stack.redo()
    assert len(project.objects) == 3


def test_an_imported_object_is_no_twin_of_one_with_its_name(opened, ask, label_folder, qtbot):
    ask.path = label_folder
    project = opened.workspace.project
    for n_objects in (2, 4, 6):
        import_through_the_dialog(opened)
        qtbot.waitUntil(lambda n=n_objects: len(project.objects) == n)
    names = [found.name for found in project.objects.values()]
    assert names[2:] == [f"{name} (imported{again})" for again in ("", " 2") for name in names[:2]]
    colours = [found.colour for found in project.objects.values()]
    assert colours[2:] == list(verbs.COLOURS[2:6])


def test_what_an_import_took_for_granted_is_told(opened, monkeypatch, qtbot):
    found = LabelsRead((), 0, iter(()), ("The files have no colours: white was taken for object 1.",))
    monkeypatch.setattr(importing, "read_to_import", lambda *_: found)
    said = []
    opened.workspace.said.connect(said.append)
    opened.files.import_from(Path("labels"))
    qtbot.waitUntil(lambda: len(said) == 2)
    assert said == ["Imported 0 labels of 0 objects.", "The files have no colours: white was taken for object 1."]


def test_labels_of_another_size_are_told_and_change_nothing(opened, ask, tmp_path, qtbot):
    folder = tmp_path / "wrong"
    folder.mkdir()
    Image.fromarray(np.ones((10, 10), np.uint8)).save(folder / "00000.png")
    ask.path = folder
    import_through_the_dialog(opened)
    qtbot.waitUntil(lambda: bool(ask.told))
    assert not opened.workspace.project.objects and not opened.workspace.undo_stack.canUndo()


def test_the_export_dialog_says_what_will_be_lost_and_writes_the_folder(opened, tmp_path, qtbot):
    anchor(opened)
    opened.workspace.start_run(RunRequest(engine="copy"))
    qtbot.waitUntil(lambda: opened.workspace.runner.active is None)
    opened.action_set.refresh_now()
    opened.action_set["export"].trigger()
    dialog = opened.findChild(ExportDialog)
    assert dialog.isVisible() and dialog.summary.text()
    qtbot.waitUntil(lambda: "Proposals that nobody has accepted are left out: 7." in dialog.notes.text())
    assert "00000.png … 00007.png  (8 files)" in dialog.tree.toPlainText()
    out = tmp_path / "out"
    dialog.folder_box.setText("")
    assert not dialog.export_button.isEnabled()
    dialog.folder_box.setText(str(out))
    dialog.export_button.click()
    qtbot.waitUntil(lambda: out.exists())
    assert (out / "00000.png").exists()
    values = np.array(Image.open(out / "00000.png"))
    assert set(np.unique(values)) == {0, 1} and values[10, 12] == 1


def test_the_export_dialog_shows_the_plan_of_what_is_chosen_last(opened, tmp_path, qtbot):
    anchor(opened)
    opened.action_set.refresh_now()
    opened.action_set["export"].trigger()
    dialog = opened.findChild(ExportDialog)
    for name in ("coco", "davis", "yolo"):
        dialog.format_box.setCurrentIndex(dialog.format_box.findData(name))
        assert not dialog.export_button.isEnabled()
    qtbot.waitUntil(dialog.export_button.isEnabled)
    assert "data.yaml" in dialog.tree.toPlainText() and "box around it" in dialog.notes.text()
    dialog.pictures_box.setChecked(True)
    qtbot.waitUntil(lambda: "images/" in dialog.tree.toPlainText())
    dialog.folder_box.setText(str(tmp_path / "out"))
    dialog.export_button.click()
    qtbot.waitUntil((tmp_path / "out").exists)
    assert len(list((tmp_path / "out" / "images").iterdir())) == 8
    assert opened.settings.format_name("export") == "yolo"


def test_a_format_is_proposed_that_fits_and_one_that_would_write_nothing_is_refused(opened, qtbot):
    workspace = opened.workspace
    object_id = workspace.add_object(skeleton_of("stick", ["head", "tail"], []), Kind.POINTS)
    points = Points.of([Joint(10, 10)])
    workspace.do(place_points(workspace.project, object_id, 0, points))
    opened.settings.set_format_name("export", "davis")
    opened.action_set.refresh_now()
    opened.action_set["export"].trigger()
    dialog = opened.findChild(ExportDialog)
    assert dialog.format_name == "coco-keypoints"
    qtbot.waitUntil(dialog.export_button.isEnabled)
    dialog.format_box.setCurrentIndex(dialog.format_box.findData("davis"))
    qtbot.waitUntil(lambda: "has no place for points" in dialog.notes.text())
    assert "such as COCO keypoints" in dialog.notes.text() and not dialog.export_button.isEnabled()
    dialog.reject()
    workspace.add_object()
    anchor(opened)
    opened.action_set["export"].trigger()
    both = opened.findChildren(ExportDialog)[-1]
    assert both.format_name == "davis"
    qtbot.waitUntil(both.export_button.isEnabled)


def test_the_export_dialog_has_the_options_of_the_chosen_format(opened, tmp_path, qtbot):
    anchor(opened)
    opened.action_set.refresh_now()
    opened.action_set["export"].trigger()
    dialog = opened.findChild(ExportDialog)
    editors = {name: editor for name, (editor, _) in dialog.options.items()}
    for name in ("davis", "overlay", "contact-sheet", "side-by-side", "gif"):
        dialog.format_box.setCurrentIndex(dialog.format_box.findData(name))
        assert {option for option, editor in editors.items() if editor.isVisible()} == set(FORMATS[name].options)
    dialog.format_box.setCurrentIndex(dialog.format_box.findData("overlay"))
    editors["ground"].setCurrentIndex(1)
    qtbot.waitUntil(lambda: "cannot be transparent" in dialog.notes.text())
    assert not dialog.export_button.isEnabled()
    editors["codec"].setCurrentIndex(2)
    editors["frames"].setText("0-3")
    editors["opacity"].setValue(0.8)
    editors["stamps"].setChecked(True)
    editors["step"].setValue(2)
    look = Look(codec="prores", ground="nothing", frames="0-3", opacity=0.8, stamps=True, step=2)
    assert dialog.wanted.look == look
    qtbot.waitUntil(lambda: "overlay.mov" in dialog.tree.toPlainText() and "2 are shown" in dialog.notes.text())
    dialog.folder_box.setText(str(tmp_path / "out"))
    dialog.export_button.click()
    qtbot.waitUntil((tmp_path / "out").exists)
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["overlay.mov"]


def test_an_earlier_export_is_replaced_only_when_the_person_says_so(opened, ask, tmp_path, qtbot):
    out = tmp_path / "out"

    def export():
        opened.action_set.refresh_now()
        opened.action_set["export"].trigger()
        dialog = opened.findChildren(ExportDialog)[-1]
        dialog.folder_box.setText(str(out))
        qtbot.waitUntil(dialog.export_button.isEnabled)
        dialog.export_button.click()
        return dialog

    anchor(opened)
    export()
    qtbot.waitUntil(lambda: (out / "00000.png").exists())
    first = (out / "00000.png").read_bytes()
    opened.workspace.do(verbs.clear_label(opened.workspace.project, 1, 0))
    anchor(opened, 3)
    dialog = export()
    qtbot.waitUntil(lambda: ask.asked == ["Replace the earlier export?"])
    assert str(out) in ask.text and (out / "00000.png").read_bytes() == first
    assert dialog.isVisible() and dialog.folder == out, "a no leads back to the dialog as it was"
    ask.choice = "Replace"
    dialog.export_button.click()
    qtbot.waitUntil(lambda: (out / "00000.png").read_bytes() != first)
    qtbot.waitUntil(lambda: not opened.findChildren(ExportDialog))
    assert not ask.told


def test_a_question_stands_over_the_dialog_that_it_is_about(window, qtbot):
    dialog = ExportDialog(Path("clip"), "davis", window)
    dialog.open()
    Ask(window).choose("Replace?", "There is one.", {"Replace": lambda: None})
    box = QApplication.activeModalWidget()
    assert isinstance(box, QMessageBox) and box.parent() is dialog
    box.close()
    dialog.close()
    qtbot.waitUntil(lambda: not window.findChildren(ExportDialog))


def test_an_export_over_somebody_elses_files_is_refused_in_a_dialog(opened, ask, tmp_path, qtbot):
    (tmp_path / "00000.png").write_bytes(b"mine")
    anchor(opened)
    opened.files.export_to("davis", tmp_path)
    qtbot.waitUntil(lambda: bool(ask.told))
    assert "is there already" in ask.told[0].problem
    assert (tmp_path / "00000.png").read_bytes() == b"mine"


def test_long_notes_lie_over_nothing_in_the_export_dialog(window, qtbot):
    dialog = ExportDialog(Path("clip"), "davis", window)
    dialog.show()
    for n_notes in (0, 12, 3):
        dialog.show_plan(
            ExportPlan(("00000.png",), 1, ("A note that is so long that it takes two lines. " * 2,) * n_notes)
        )
        dialog.resize(dialog.minimumSize())
        qtbot.waitUntil(lambda: dialog.notes.height() >= dialog.notes.heightForWidth(dialog.notes.width()))
        parts = (dialog.folder_box, dialog.tree, dialog.notes, dialog.buttons)
        assert all(upper.geometry().bottom() < lower.geometry().top() for upper, lower in pairwise(parts)), n_notes
    dialog.close()


def test_an_export_dialog_that_was_closed_takes_no_plan(opened, qtbot):
    anchor(opened)
    opened.action_set.refresh_now()
    opened.action_set["export"].trigger()
    opened.findChild(ExportDialog).reject()
    qtbot.waitUntil(lambda: opened.findChild(ExportDialog) is None)
    jobs_done = []
    opened.workspace.start_job(lambda: iter(()), "after it").ended.connect(lambda: jobs_done.append(True))
    qtbot.waitUntil(lambda: bool(jobs_done))


def test_closing_keeps_everything_for_the_next_time(make_window, clip_folder, qtbot):
    window = make_window()
    window.files.open_path(clip_folder)
    qtbot.waitUntil(lambda: window.workspace.clip is not None)
    object_id = anchor(window, frame=2)
    window.close()
    again = make_window()
    again.files.open_path(clip_folder)
    qtbot.waitUntil(lambda: again.workspace.clip is not None)
    assert again.workspace.project.anchor_frames(object_id) == [2]
