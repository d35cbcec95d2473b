from widgets.inspect_bench import run_inspect_bench


def test_it_times_updates_and_leaves_nothing_behind(qapp, own_home):
    result = run_inspect_bench(width=160, height=96, n_events=4)
    assert (result["width"], result["height"], result["n_events"]) == (160, 96, 4)
    assert 0 < result["heat_median_ms"] <= result["all_median_ms"]
    for part in ("heat", "all", "gui", "cpu"):
        assert 0 < result[f"{part}_median_ms"] <= result[f"{part}_p95_ms"]
    assert not list(own_home.rglob("*.throughline"))
