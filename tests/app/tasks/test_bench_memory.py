import pytest

from app.tasks import bench_memory as measured
from app.tasks.bench_engines import BenchLoader, Entrant
from app.tasks.bench_memory import bench_memory, bench_search_memory, memory_table


@pytest.fixture(autouse=True)
def small_pictures(monkeypatch):
    for name in ("CARRIED_SIZE", "SEARCHED_SIZE"):
        monkeypatch.setattr(measured, name, (160, 96))


def test_every_length_is_run_whole_and_has_a_row():
    rows = list(bench_memory(Entrant("copy", "copy", "", "normal"), BenchLoader(), "cpu", lengths=(12, 8)))
    assert [row.n_frames for row in rows] == [8, 12]
    assert memory_table(rows).count("\n") == 3


def test_a_search_has_rows_too():
    (row,) = bench_search_memory(BenchLoader(), "cpu", lengths=(2,))
    assert row.n_frames == 2 and row.seconds > 0
