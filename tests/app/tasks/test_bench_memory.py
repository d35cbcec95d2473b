from app.tasks.bench_engines import BenchLoader, Entrant
from app.tasks.bench_memory import bench_memory, memory_table


def test_every_length_is_run_whole_and_has_a_row():
    rows = list(bench_memory(Entrant("copy", "copy", "", "normal"), BenchLoader(), "cpu", lengths=(12, 8)))
    assert [row.n_frames for row in rows] == [8, 12]
    assert memory_table(rows).count("\n") == 3
