from app.tasks.bench_export import N_OBJECTS, bench_export, export_table


def test_every_format_and_length_is_exported_whole_and_has_a_row():
    rows = list(bench_export(("coco", "davis"), (12, 8)))
    assert [(row.n_frames, row.format) for row in rows] == [(8, "coco"), (8, "davis"), (12, "coco"), (12, "davis")]
    assert [row.n_files for row in rows] == [3, 10, 3, 14] and all(row.n_objects == N_OBJECTS for row in rows)
    assert export_table(rows).count("\n") == 5
