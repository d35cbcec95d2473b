import pytest

from tests.app.clips import write_frames, write_label

N_FRAMES = 18


@pytest.fixture
def clip(tmp_path):
    return write_frames(tmp_path / "clip", N_FRAMES)


@pytest.fixture
def labels(tmp_path):
    (tmp_path / "labels").mkdir()
    for frame in (0, 4):
        write_label(tmp_path / "labels" / f"{frame:05d}.png", frame)
    return tmp_path / "labels"


def test_frames_are_ranked_with_reasons(run, clip, labels):
    answer = run("suggest", clip, "--labels", labels, "--count", 3, "--engine", "copy", "--json")
    assert answer.code == 0, answer.err
    facts = answer.facts
    rows = facts["suggestions"]
    assert facts["labelled"] == [0, 4] and len(rows) == 3
    assert [row["gain"] for row in rows] == sorted((row["gain"] for row in rows), reverse=True)
    assert rows[0]["frame"] > 6, "most is to be won in the long stretch after the last label"
    assert not {0, 4} & {row["frame"] for row in rows} and len({row["frame"] for row in rows}) == 3
    assert all(row["object"] == 1 and row["reason"].startswith("object 1 is") for row in rows)


def test_a_person_reads_frame_and_reason(run, clip, labels):
    lines = run("suggest", clip, "--labels", labels, "--count", 2, "--engine", "copy").out.splitlines()
    assert lines.pop(1).startswith("With these, enough is labelled")
    assert len(lines) == 2 and all(line.startswith("frame ") and "from the nearest anchor" in line for line in lines)


def test_where_little_is_to_be_won_enough_is_said_to_be_labelled(run, clip, tmp_path, labels):
    rows = run("suggest", clip, "--labels", labels, "--engine", "copy", "--json").facts
    assert rows["enough"] is False and rows["suggestions"][0]["enough"] is False and rows["enough_gain"] == 1
    (tmp_path / "many").mkdir()
    for frame in range(0, N_FRAMES, 2):
        write_label(tmp_path / "many" / f"{frame:05d}.png", frame)
    answer = run("suggest", clip, "--labels", tmp_path / "many", "--engine", "copy", "--json")
    assert answer.facts["enough"] is True and all(row["enough"] for row in answer.facts["suggestions"])
    words = run("suggest", clip, "--labels", tmp_path / "many", "--count", 1, "--engine", "copy").out.splitlines()
    assert len(words) == 2 and words[0].startswith("As it is, enough is labelled")


def test_where_every_frame_is_labelled_nothing_is_suggested(run, tmp_path):
    clip = write_frames(tmp_path / "short", 1)
    answer = run("suggest", clip, "--labels", write_label(tmp_path / "first.png"), "--engine", "copy")
    assert answer.code == 0 and answer.out.strip() == "Every frame is labelled."


def test_bad_input_is_told(run, clip, tmp_path):
    answer = run("suggest", clip, "--labels", tmp_path / "nothing", "--engine", "copy")
    assert answer.code == 1 and "There is no" in answer.err
    assert run("suggest", clip, "--labels", tmp_path, "--count", 0).code == 2
