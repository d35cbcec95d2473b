from app.formats.tree import folded


def test_series_are_folded_and_folders_come_before_what_is_in_them():
    files = [f"labels/{frame:05d}.txt" for frame in range(1200)] + ["data.yaml", "gt/gt.txt", "gt/labels.txt"]
    assert folded(files) == [
        "data.yaml",
        "gt/",
        "  gt.txt",
        "  labels.txt",
        "labels/",
        "  00000.txt … 01199.txt  (1,200 files)",
    ]


def test_few_files_are_listed_one_by_one():
    assert folded(["b/00001.png", "a.json", "b/00000.png"]) == ["a.json", "b/", "  00000.png", "  00001.png"]
    assert folded([]) == []
