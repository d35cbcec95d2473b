from widgets.rerun_bench import run_rerun_bench


def test_it_times_corrections_that_run_only_their_two_stretches(qapp, own_home):
    result = run_rerun_bench(n_frames=20, n_strokes=2, engine="copy")
    assert (result["engine"], result["frames"], result["strokes"]) == ("copy", 20, 2)
    assert result["run_again"] == 8, "frames 6 to 14 but the one that was corrected"
    assert 0 < result["first_median_ms"] <= result["first_p95_ms"]
    assert result["whole_s"] > 0
    assert not list(own_home.rglob("*.throughline"))
