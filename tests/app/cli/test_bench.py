import numpy as np
import pytest

from app.cli.bench import OPTIONS, SUITES
from app.formats.mask_png import davis_palette, write_mask
from app.media.clip import open_clip
from app.tasks import bench_adaptation, bench_media
from app.tasks.adapt import Learned, Trial, Verdict
from app.tasks.bench_anchors import Sitting
from app.tasks.bench_engines import Entrant, read_sequence, strips
from app.tasks.engine_loader import EngineLoader
from app.tasks.propagate import propagate_masks
from engines.labels.rle import RleMask
from tests.app.clips import square, write_frames

N_FRAMES = 6


@pytest.fixture
def data(tmp_path):
    """Return a folder laid out as DAVIS is, with two sequences."""
    for name in ("cat", "dog"):
        write_frames(tmp_path / "JPEGImages" / "480p" / name, N_FRAMES)
        truth = tmp_path / "Annotations" / "480p" / name
        truth.mkdir(parents=True)
        for frame in range(N_FRAMES):
            write_mask(truth / f"{frame:05d}.png", (square(frame) * 255).astype(np.uint8), davis_palette())
    (tmp_path / "ImageSets" / "480p").mkdir(parents=True)
    (tmp_path / "ImageSets" / "480p" / "pets.txt").write_text("dog\n")
    return tmp_path


def test_engines_are_measured_on_every_sequence_and_over_all(run, data):
    answer = run("bench", "engines", "--data", data, "--engines", "copy,dis-chain", "--json")
    assert answer.code == 0, answer.err
    rows = {(row["sequence"], row["engine"]): row for row in answer.facts["engines"]}
    assert set(rows) == {
        (name, engine) for name in ("cat", "dog", "mean of 2", "mean of pets") for engine in ("copy", "dis-chain")
    }
    assert rows["cat", "dis-chain"]["J"] > rows["cat", "copy"]["J"]
    assert rows["mean of 2", "copy"]["J"] == pytest.approx(rows["cat", "copy"]["J"])
    assert all(row["fps"] > 0 and row["first_ms"] > 0 for row in rows.values())


def test_the_table_is_markdown(run, data):
    lines = run("bench", "engines", "--data", data, "--engines", "copy", "--sequences", "cat").out.splitlines()
    assert lines[0] == "| sequence | copy J | F | J&F | frames/s | first ms | peak MB |"
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| cat", "| mean of 1"]
    assert len({line.count("|") for line in lines}) == 1


def test_an_engine_can_be_measured_in_several_ways_at_once(run, data):
    ways = "copy,copy:draft,copy@none:final"
    answer = run("bench", "engines", "--data", data, "--engines", ways, "--sequences", "cat", "--cached", "--json")
    assert answer.code == 0, answer.err
    rows = {row["engine"]: row for row in answer.facts["engines"] if row["sequence"] == "cat"}
    assert list(rows) == ways.split(",")
    assert all(row["cached_fps"] is None for row in rows.values()), "copy keeps no features"


def test_handmade_and_random_features_count_as_weights(run, data):
    ways = "thesis@handmade,learned@random:draft"
    answer = run("bench", "engines", "--data", data, "--engines", ways, "--sequences", "cat", "--cached", "--json")
    assert answer.code == 0, answer.err
    rows = [row for row in answer.facts["engines"] if row["sequence"] == "cat"]
    assert [row["engine"] for row in rows] == ways.split(",")
    assert all(row["cached_fps"] > 0 and row["cached_first_ms"] > 0 and row["J"] > 0 for row in rows)


def test_an_object_can_be_cut_into_several(run, data):
    answers = [
        run("bench", "engines", "--data", data, "--engines", "copy,dis-chain", "--objects", count, "--json")
        for count in (1, 4)
    ]
    whole, parts = (
        {(row["sequence"], row["engine"]): row["J"] for row in answer.facts["engines"]} for answer in answers
    )
    assert parts["cat", "copy"] == pytest.approx(whole["cat", "copy"])
    assert parts["dog", "dis-chain"] == pytest.approx(whole["dog", "dis-chain"], abs=0.1)
    assert run("bench", "engines", "--objects", 0).code == 2


def test_strips_are_disjoint_and_all_of_the_mask():
    mask = square(2)
    found = [anchor.mask.decode() for anchor in strips(RleMask.encode(mask), 3)]
    assert np.array_equal(np.add.reduce([part.astype(int) for part in found]), mask)
    assert max(part.sum() for part in found) - min(part.sum() for part in found) <= 1


def test_there_and_back_again(run, data, monkeypatch):
    monkeypatch.setattr("app.tasks.bench_cycle.DISTANCES", (2, 5, 50))
    answer = run("bench", "cycle", "--data", data, "--engines", "copy,flow,dis-chain", "--json")
    assert answer.code == 0, answer.err
    rows = {(row["sequence"], row["engine"]): row["IoU"] for row in answer.facts["cycle"]}
    assert set(rows) == {(name, engine) for name in ("cat", "dog", "mean") for engine in ("copy", "flow")}
    assert rows["cat", "copy"] == {"2 frames": 1, "5 frames": 1, "50 frames": None}
    assert 0.5 < rows["mean", "flow"]["2 frames"] <= 1
    text = run("bench", "cycle", "--data", data, "--engines", "copy", "--sequences", "cat").out
    assert text.splitlines()[2] == "| cat | 1.000 | 1.000 | – |"


def test_masks_become_better_with_every_anchor_whoever_chooses(run, data):
    asked = ("bench", "anchors", "--data", data, "--engines", "copy", "--counts", "1,2,6", "--seeds", "3,4", "--json")
    answer = run(*asked)
    assert answer.code == 0, answer.err
    rows = answer.facts["anchors"]
    ways = {(row["way"], row["seed"]) for row in rows}
    assert ways == {("suggest", 0), ("uniform", 0), ("random", 3), ("random", 4)}
    for way, seed in ways:
        own = [row for row in rows if (row["sequence"], row["way"], row["seed"]) == ("cat", way, seed)]
        assert all(row["anchors"][0] == 0 and len(set(row["anchors"])) == len(row["anchors"]) for row in own)
        figures = {len(row["anchors"]): row["J"] for row in own}
        assert figures[1] < figures[2] < figures[6] == 1
    assert [len(row["anchors"]) for row in rows if row["way"] == "suggest"] == [1, 2, 3, 4, 5, 6] * 2


def test_a_sitting_in_steps_comes_out_as_one_run_with_all_anchors(data):
    clip, truth = read_sequence(data, "cat")
    entrant = Entrant.parse("copy", "normal")
    steps, once = (Sitting(clip, truth, entrant, EngineLoader(), "cpu") for _ in range(2))
    for frames in ([0], [3], [5, 1]):
        steps.label(frames)
    once.label([0, 1, 3, 5])
    assert np.array_equal(steps.j, once.j) and np.array_equal(steps.f, once.f)
    assert np.array_equal(steps.confidences[1], once.confidences[1], equal_nan=True)


def test_only_the_stretches_beside_a_new_anchor_are_run(data, monkeypatch):
    runs = []

    def noting(clip, run, **more):
        runs.append(run.stretches)
        return propagate_masks(clip, run, **more)

    monkeypatch.setattr("app.tasks.bench_anchors.propagate_masks", noting)
    sitting = Sitting(*read_sequence(data, "cat"), Entrant.parse("copy", "normal"), EngineLoader(), "cpu")
    sitting.label([0])
    sitting.label([4])
    sitting.label([2])
    assert [[(each.first, each.last) for each in run] for run in runs] == [[(1, 5)], [(1, 3), (5, 5)], [(1, 1), (3, 3)]]


def test_long_measurements_go_on_where_they_were(run, data, tmp_path):
    rows = tmp_path / "rows.jsonl"
    asked = ("bench", "anchors", "--data", data, "--engines", "copy", "--counts", "1,3", "--rows", rows)
    assert run(*asked, "--sequences", "cat", "--ways", "uniform").code == 0
    text = run(*asked, "--ways", "uniform,suggest").out
    assert "| copy, suggest (2) |" in text and "| copy, uniform (2) |" in text
    assert "| anchors to J&F 0.90, by suggest |" in text
    lines = rows.read_text().splitlines()
    assert len(lines) == 2 * 2 + 2 * 3 and len(set(lines)) == len(lines)
    run(*asked, "--ways", "uniform,suggest")
    assert rows.read_text().splitlines() == lines
    rows.write_text("not rows")
    assert "holds no rows" in run(*asked).err


def test_suggest_goes_on_until_corrections_are_enough(run, data):
    asked = ("--data", data, "--engines", "copy", "--ways", "suggest", "--counts", "1", "--most", "6")
    rows = run("bench", "anchors", *asked, "--sequences", "cat", "--json").facts["anchors"]
    assert rows[-1]["J&F"] >= 0.9 and all(row["J&F"] < 0.9 for row in rows[:-1])
    assert (
        run("bench", "anchors", *asked, "--sequences", "cat")
        .out.splitlines()[-1]
        .startswith(f"| cat, copy | {len(rows)} | ")
    )


def test_confidence_is_held_against_the_truth(run, data):
    answer = run("bench", "confidence", "--data", data, "--engines", "copy", "--counts", "1,2,6", "--json")
    assert answer.code == 0, answer.err
    rows = {(row["sequence"], row["anchors"]): row for row in answer.facts["confidence"]}
    assert set(rows) == {(name, count) for name in ("cat", "dog", "all") for count in (1, 2)} | {("all", 0)}
    assert rows["cat", 1]["frames"] == N_FRAMES - 1 and rows["all", 0]["frames"] == 2 * (N_FRAMES - 1 + N_FRAMES - 2)
    assert rows["cat", 1]["spearman"] == pytest.approx(1), "a copy is worse with every frame, and says so"
    gap = abs(rows["cat", 1]["IoU"] - rows["cat", 1]["confidence"])
    assert gap - 1e-6 <= rows["cat", 1]["calibration_error"] <= 1
    text = run("bench", "confidence", "--data", data, "--engines", "copy", "--sequences", "cat").out
    assert text.splitlines()[-1].startswith("| all | copy | any | ")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("swimming",), "nothing called swimming"),
        (("anchors", "--ways", "dice"), "Nobody called dice"),
        (("engines", "--engines", "magic"), "nothing called magic"),
        (("engines", "--sequences", "cow"), "no sequence cow"),
        (("engines", "--ways", "random"), "engines takes no --ways: it is for anchors"),
        (("engines", "--data", "nowhere"), "no sequences in nowhere"),
    ],
)
def test_what_is_not_there_cannot_be_measured(run, data, arguments, words):
    answer = run("bench", *arguments, *(() if "--data" in arguments else ("--data", data)))
    assert answer.code == 1
    assert words in answer.err


def test_the_help_names_the_suites_and_for_each_option_those_that_take_it(run):
    told = " ".join(run("bench", "--help").out.split())
    assert "--cached measure speed with cached features as well [engines]" in told
    for name, suite in SUITES.items():
        options = " ".join(f"--{option}" for option in suite.options)
        assert f"{name} {suite.summary}{' (long)' if suite.is_long else ''} {options}".rstrip() in told
    assert set(OPTIONS) == {option for suite in SUITES.values() for option in suite.options}


@pytest.fixture
def small_pictures(monkeypatch):
    monkeypatch.setattr(bench_media, "WIDTH", 96)
    monkeypatch.setattr(bench_media, "HEIGHT", 64)


@pytest.mark.usefixtures("small_pictures")
def test_a_long_clip_has_every_frame_at_its_time(tmp_path):
    bench_media.make_long_clip(tmp_path / "long.mp4", 620)
    clip = open_clip(tmp_path / "long.mp4")
    assert clip.n_frames == 620
    assert np.diff(clip.times_s) == pytest.approx(1 / 30, abs=1e-3)
    with clip.open() as frames:
        assert np.array_equal(frames.image(5), frames.image(505))


@pytest.mark.usefixtures("small_pictures")
def test_media_figures(run):
    facts = run("bench", "media", "--frames", 300, "--json").facts["media"]
    assert facts["frames"] == 300
    assert all(facts[name] > 0 for name in ("first_frame_ms", "seek_median_ms", "seek_p99_ms", "playing_fps"))


def test_strokes_are_measured_by_what_main_hands_in(run, monkeypatch):
    import main as program

    monkeypatch.setattr(program, "_stroke_bench", lambda: {"width": 9, "fit": {"median_ms": 3.0}})
    assert run("bench", "window").out.splitlines()[2:] == ["| width | 9 |", "| fit median_ms | 3.0 |"]


def test_corrections_are_measured_by_what_main_hands_in(run, monkeypatch):
    import main as program

    monkeypatch.setattr(program, "_rerun_bench", lambda: {"run_again": 48})
    assert run("bench", "rerun").out.splitlines()[2:] == ["| run_again | 48 |"]


def test_inspecting_is_measured_by_what_main_hands_in(run, monkeypatch):
    import main as program

    monkeypatch.setattr(program, "_inspect_bench", lambda: {"goal_ms": 50.0})
    assert run("bench", "inspect").out.splitlines()[2:] == ["| goal_ms | 50.0 |"]


def test_adaptation_is_told_for_each_sequence_and_in_the_mean(run, data, monkeypatch):
    def learns(_clip, used, engines):
        yield 0.5
        after = 0.9 if "cat" in str(_clip.path) else 0.5
        return Learned(Verdict((Trial(1, 0, 0.8, after),), 1.0), engines.weights_of("learned").fingerprint, b"")

    monkeypatch.setattr(bench_adaptation, "adapt", learns)
    answer = run("bench", "adaptation", "--data", data, "--engines", "copy", "--json")
    assert answer.code == 0, answer.err
    rows = {row["sequence"]: row for row in answer.facts["adaptation"]}
    assert {name: row["taken"] for name, row in rows.items()} == {"cat": True, "dog": False}
    assert rows["dog"]["J_after"] == rows["dog"]["J_before"]
    lines = run("bench", "adaptation", "--data", data, "--engines", "copy").out.splitlines()
    assert [line.split(" | ")[0] for line in lines[2:]] == ["| cat", "| dog", "| mean of 2"]
    assert len({line.count("|") for line in lines}) == 1


def test_exports_are_measured_to_formats_that_there_are(run):
    answer = run("bench", "export", "--formats", "mot", "--counts", "4", "--json")
    assert answer.code == 0 and [row["format"] for row in answer.facts["export"]] == ["mot"]
    answer = run("bench", "export", "--formats", "mot,papyrus", "--counts", "4")
    assert answer.code == 1 and "no format called papyrus" in answer.err


def test_reconstruction_is_measured_beside_leaving_frames_as_they_are(run, tmp_path):
    write_frames(tmp_path / "JPEGImages" / "480p" / "cat", 11)
    (tmp_path / "Annotations" / "480p" / "cat").mkdir(parents=True)
    answer = run("bench", "reconstruction", "--data", tmp_path, "--quality", "draft", "--json")
    assert answer.code == 0, answer.err
    ratios = {(row["sequence"], row["way"]): row["ratio"] for row in answer.facts["reconstruction"]}
    assert {sequence for sequence, _ in ratios} == {"cat", "mean of 1"}
    assert ratios["cat", "identity"] == {"5": 1.0, "10": 1.0}
    assert all(0 <= ratios["cat", "long-flow"][gap] < 1 for gap in ("5", "10"))
