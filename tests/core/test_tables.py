"""Tables, shares and durations as text."""

import pytest

from core.tables import estimate_text, format_table, percent, seconds_text

ROWS = [{"run": "a", "accuracy": "85.1 %", "note": None}, {"run": "long name", "accuracy": "9.0 %", "note": "x"}]


def test_columns_line_up_with_numbers_to_the_right():
    assert format_table(ROWS).splitlines() == [
        "run        accuracy  note",
        "---------  --------  ----",
        "a            85.1 %",
        "long name     9.0 %  x",
    ]


def test_markdown_tables():
    assert format_table(ROWS, markdown=True).splitlines()[:3] == [
        "| run | accuracy | note |",
        "| --- | --- | --- |",
        "| a | 85.1 % |  |",
    ]


def test_no_rows_give_no_table():
    assert format_table([]) == ""


def test_shares_as_percent():
    assert percent(0.8512) == "85.1 %"
    assert percent(1, digits=0) == "100 %"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (45.4, "45 s"),
        (59.7, "1 min 00 s"),
        (200, "3 min 20 s"),
        (3900, "1 h 05 min"),
        (3599.9, "1 h 00 min"),
    ],
)
def test_durations_read_at_a_glance(seconds, text):
    assert seconds_text(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.3, "5 s"), (42, "40 s"), (59, "1 min"), (73, "1 min"), (291, "5 min"), (280, "4 min 30 s"), (3599, "1 h"), (3900, "1 h 05 min")],
)  # fmt: skip
def test_an_expected_duration_pretends_no_more_than_can_be_known(seconds, text):
    assert estimate_text(seconds) == text
