from widgets.stroke_bench import run_stroke_bench


def test_it_times_three_strokes_and_leaves_nothing_behind(qapp, own_home):
    result = run_stroke_bench(width=320, height=180, n_events=6)
    assert (result["width"], result["height"], result["n_events"]) == (320, 180, 6)
    for stroke in ("fit", "zoomed", "texture"):
        times = result[stroke]
        assert 0 < times["median_ms"] <= times["p99_ms"] <= times["max_ms"]
        assert times["press_ms"] > 0
        assert times["release_ms"] > 0
    assert not list(own_home.rglob("*.throughline"))
