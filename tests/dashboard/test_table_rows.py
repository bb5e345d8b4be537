from types import SimpleNamespace

from dashboard.components.table_rows import chosen_rows


def test_a_row_is_chosen_by_its_box_or_by_a_click_anywhere_in_it():
    def chosen(rows, cells=()):
        return chosen_rows(SimpleNamespace(rows=rows, cells=cells))

    assert chosen([]) == []
    assert chosen([5, 2]) == [2, 5]
    assert chosen([], [(3, "loss")]) == [3]
    assert chosen([5, 2], [(3, "loss")]) == [2, 3, 5]
    assert chosen([5, 3], [(3, "loss")]) == [3, 5]
