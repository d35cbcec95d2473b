"""Bad input: exit 1, one sentence that names the file and ends with its remedy, nothing written."""

import contextlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

import main as program
from app.formats.mask_png import davis_palette, write_mask
from tests.app.clips import HEIGHT, WIDTH, picture, write_frames, write_label

ROOT = Path(program.__file__).parent


def write_video(path, n_frames=30, **options):
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for frame in range(n_frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(frame % 6), format="rgb24")))
        container.mux(stream.encode())
    return path


def truncated_video(folder):
    path = write_video(folder / "cut.mp4")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def truncated_video_with_its_index(folder):
    path = write_video(folder / "cut.mp4", movflags="+faststart")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    return path


def file_of(name, content):
    def make(folder):
        (folder / name).write_bytes(content)
        return folder / name

    return make


def label_of(name, values, mode=None):
    def make(folder):
        image = Image.fromarray(values)
        (image if mode is None else image.convert(mode)).save(folder / name)
        return folder / name

    return make


ONES = np.ones((HEIGHT, WIDTH), np.uint8)

BAD_CLIPS = {
    "no such file": (lambda folder: folder / "gone.mp4", r"gone\.mp4"),
    "an empty file": (file_of("empty.mp4", b""), r"empty\.mp4"),
    "a text file named .mp4": (file_of("text.mp4", b"dear diary\n" * 50), r"text\.mp4"),
    "a truncated video": (truncated_video, r"cut\.mp4"),
    "a truncated video that begins with its index": (truncated_video_with_its_index, r"cut\.mp4"),
    "an empty folder": (lambda folder: (folder / "none").mkdir() or folder / "none", "none"),
    "a still that is none": (file_of("text.png", b"dear diary"), r"text\.png"),
}
BAD_LABELS = {
    "no such file": (lambda folder: folder / "gone.png", r"gone\.png"),
    "another size": (label_of("size.png", ONES[:, :-1]), r"size\.png is 63 x 48 pixels"),
    "a frame that does not exist": (label_of("00099.png", ONES), r"00099\.png is for frame 99"),
    "colour": (label_of("rgb.png", ONES, "RGB"), r"rgb\.png"),
    "no object": (label_of("none.png", ONES * 0), r"none\.png shows no object"),
    "a text file": (file_of("text.png", b"dear diary"), r"text\.png"),
    "a folder without PNGs": (lambda folder: (folder / "labels").mkdir() or folder / "labels", "no PNG"),
}


def assert_told_and_nothing_written(answer_code, err, words, out):
    assert answer_code == 1
    assert re.search(words, err), err
    assert re.fullmatch(r"[^\n]+: [^\n]+\.\n", err), err
    assert not out.exists()


@pytest.mark.parametrize("name", BAD_CLIPS)
def test_bad_clips(run, tmp_path, name):
    make, words = BAD_CLIPS[name]
    label, out = write_label(tmp_path / "first.png"), tmp_path / "out"
    answer = run("propagate", make(tmp_path), "--labels", label, "--out", out)
    assert_told_and_nothing_written(answer.code, answer.err, words, out)


@pytest.mark.parametrize("name", BAD_LABELS)
def test_bad_labels(run, tmp_path, name):
    make, words = BAD_LABELS[name]
    clip, out = write_frames(tmp_path / "clip"), tmp_path / "out"
    answer = run("propagate", clip, "--labels", make(tmp_path), "--out", out)
    assert_told_and_nothing_written(answer.code, answer.err, words, out)


def test_a_program_gets_problem_and_remedy_apart(run, tmp_path):
    label = write_label(tmp_path / "first.png")
    answer = run("propagate", tmp_path / "gone", "--labels", label, "--out", tmp_path / "out", "--json")
    assert answer.code == 1
    assert set(answer.facts) == {"error", "remedy"}
    assert answer.err == f"{answer.facts['error']}: {answer.facts['remedy']}.\n"


def test_results_are_not_written_over_their_sources(run, tmp_path):
    clip, label = write_frames(tmp_path / "clip"), write_label(tmp_path / "labels" / "00000.png")
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.png")}
    for out in (clip, label.parent):
        assert run("propagate", clip, "--labels", label.parent, "--out", out).code == 1
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.png")} == before


@pytest.fixture
def project(run, tmp_path):
    clip, label = write_frames(tmp_path / "clip"), write_label(tmp_path / "labels" / "00000.png")
    path = tmp_path / "walk.throughline"
    answer = run("import", label.parent, "--format", "davis", "--clip", clip, "--out", path)
    assert answer.code == 0, answer.err
    return path


def lose_clip(project):
    shutil.rmtree(project.parent / "clip")


def change_clip(project):
    write_mask(project.parent / "clip" / "00002.png", ONES, davis_palette())


def damage(project):
    content = bytearray(project.read_bytes())
    content[200 : len(content) - 100] = b"\xaa" * (len(content) - 300)
    project.write_bytes(content)


def cut(project):
    project.write_bytes(project.read_bytes()[:3000])


def replace_with_text(project):
    project.write_text("dear diary")


def remove(project):
    project.unlink()


@pytest.mark.parametrize("spoil", [lose_clip, change_clip, damage, cut, replace_with_text, remove])
@pytest.mark.parametrize("format_name", ["davis", "overlay"])
def test_bad_projects(run, project, tmp_path, spoil, format_name):
    spoil(project)
    before = project.read_bytes() if project.exists() else None
    out = tmp_path / "out"
    answer = run("export", project, "--format", format_name, "--out", out)
    assert_told_and_nothing_written(answer.code, answer.err, r"walk\.throughline|clip", out)
    assert (project.read_bytes() if project.exists() else None) == before


def test_an_import_never_takes_the_place_of_a_project(run, project, tmp_path):
    before = project.read_bytes()
    arguments = ("--format", "davis", "--clip", tmp_path / "clip", "--out", project)
    answer = run("import", tmp_path / "labels", *arguments)
    assert answer.code == 1
    assert "already exists" in answer.err
    assert project.read_bytes() == before


def test_an_import_that_fails_leaves_nothing(run, tmp_path):
    clip = write_frames(tmp_path / "clip")
    (tmp_path / "labels").mkdir()
    write_mask(tmp_path / "labels" / "00000.png", ONES[1:], davis_palette())
    before = sorted(tmp_path.rglob("*"))
    arguments = ("--format", "davis", "--clip", clip, "--out", tmp_path / "new.throughline")
    answer = run("import", tmp_path / "labels", *arguments)
    assert answer.code == 1
    assert sorted(tmp_path.rglob("*")) == before


@contextlib.contextmanager
def unprivileged():
    """Be nobody in particular for a while, where the tests run as root, whom no permission stops."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are those of POSIX")
@pytest.mark.parametrize("verb", ["propagate", "import"])
def test_an_unwritable_folder(run, verb):
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        clip, label = write_frames(folder / "clip"), write_label(folder / "labels" / "00000.png")
        (folder / "closed").mkdir()
        out = folder / "closed" / "out"
        arguments = {
            "propagate": (clip, "--labels", label),
            "import": (label.parent, "--format", "davis", "--clip", clip),
        }
        assert run(verb, *arguments[verb], "--out", folder / "open").code == 0  # and everything is imported by now
        (folder / "closed").chmod(0o555)
        folder.chmod(0o755)
        with unprivileged():
            answer = run(verb, *arguments[verb], "--out", out)
        assert_told_and_nothing_written(answer.code, answer.err, "closed", out)
        assert list((folder / "closed").iterdir()) == []


@pytest.fixture
def tiny_disk(tmp_path):
    """Return a folder on a disk of 64 kB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(place)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("only root can mount a disk to fill")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the disk to fill is a tmpfs")
@pytest.mark.parametrize("verb", ["propagate", "import", "davis", "overlay"])
def test_a_full_disk(run, project, tmp_path, tiny_disk, verb):
    with contextlib.suppress(OSError), (tiny_disk / "mine").open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    out = tiny_disk / "out"
    arguments = {
        "propagate": ("propagate", tmp_path / "clip", "--labels", tmp_path / "labels", "--out", out, "--quiet"),
        "import": ("import", tmp_path / "labels", "--format", "davis", "--clip", tmp_path / "clip", "--out", out),
        "davis": ("export", project, "--format", "davis", "--out", out, "--quiet"),
        "overlay": ("export", project, "--format", "overlay", "--out", out, "--quiet"),
    }
    answer = run(*arguments[verb])
    assert_told_and_nothing_written(answer.code, answer.err, "(?i)no space (is )?left|disk is full", out)
    assert [path.name for path in tiny_disk.iterdir()] == ["mine"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("propagate", "gone.mp4", "--labels", "first.png", "--out", "out"),
        ("export", "gone.throughline", "--format", "davis", "--out", "out"),
        ("score", "masks", "gone", "too"),
        ("import", "gone", "--format", "davis", "--clip", "gone.mp4", "--out", "out"),
    ],
)
def test_the_program_itself_says_one_sentence(tmp_path, arguments):
    write_label(tmp_path / "first.png")
    done = subprocess.run(
        [sys.executable, ROOT / "main.py", *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert_told_and_nothing_written(done.returncode, done.stderr, "gone", tmp_path / "out")
    assert done.stdout == ""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc, where nobody can make anything, is Linux's")
@pytest.mark.parametrize("verb", ["propagate", "propose", "import", "export", "objects"])
def test_a_place_where_nothing_can_be_made(run, project, verb):
    clip, labels = project.parent / "clip", project.parent / "labels"
    arguments = {
        "propagate": (clip, "--labels", labels),
        "propose": (clip,),
        "import": (labels, "--format", "davis", "--clip", clip),
        "export": (project, "--format", "davis"),
        "objects": (project, "delete", 1),
    }
    answer = run(verb, *arguments[verb], "--out", "/proc/nope/out", "--quiet")
    assert answer.code == 1
    assert re.fullmatch(r"/proc/nope\S* cannot be created or written to: choose another folder\.\n", answer.err)
