"""A server for looking only is one exactly where its setting says so."""

import pytest

from core.access import SETTING, look_only, require_changes_allowed
from core.errors import ChangesNotAllowedError, InvalidInputError


@pytest.mark.parametrize("value", ["1", "true", "TRUE", "yes", "on", " On "])
def test_a_server_can_be_made_look_only(monkeypatch, value):
    monkeypatch.setenv(SETTING, value)
    assert look_only()
    with pytest.raises(ChangesNotAllowedError, match="Deleting runs is switched off"):
        require_changes_allowed("Deleting runs")


@pytest.mark.parametrize("value", [None, "", "0", "false", "No", "off"])
def test_without_it_changes_are_allowed(monkeypatch, value):
    monkeypatch.delenv(SETTING, raising=False)
    if value is not None:
        monkeypatch.setenv(SETTING, value)
    assert not look_only()
    require_changes_allowed("Deleting runs")


@pytest.mark.parametrize("value", ["2", "nope", "tru", "1" * 5000, "\udcff"])
def test_other_words_are_told(monkeypatch, value):
    monkeypatch.setenv(SETTING, value)
    with pytest.raises(InvalidInputError, match="Expected 1, true, yes or on"):
        require_changes_allowed("Deleting runs")
