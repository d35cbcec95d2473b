from app.tasks.markdown import figure, markdown_table, megabytes


def test_a_table_has_a_line_for_its_head_one_of_dashes_and_one_for_each_row():
    rows = ([name, n, None] for name, n in (("cat", 1), ("dog", 2.5)))
    text = markdown_table(("sequence", 10, ""), rows)
    assert text.splitlines() == [
        "| sequence | 10 |  |",
        "| --- | --- | --- |",
        "| cat | 1 | None |",
        "| dog | 2.5 | None |",
    ]
    assert markdown_table(["a"], []) == "| a |\n| --- |"


def test_what_is_not_known_is_a_dash():
    assert (figure(0.0, 2), figure(1.25, 1), figure(None, 3)) == ("0.00", "1.2", "–")
    assert (megabytes(0), megabytes(123_456_789), megabytes(None)) == ("0", "123", "–")
