"""What tests of `core` share."""

import os
from collections.abc import Callable, Iterator

import pytest

from core.stages import STAGES


@pytest.fixture(autouse=True)
def _own_artifacts(artifacts):
    """No test of the package sees or touches the runs of the person who runs it."""


@pytest.fixture
def failing(monkeypatch):
    """Make a function of `os`, `shutil` or `Path` fail with an errno. Permissions would not stop root."""

    def fail(owner, name, number):
        def refuse(*arguments, **settings):
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(owner, name, refuse)

    return fail


@pytest.fixture
def leave_out_stages() -> Iterator[Callable[..., None]]:
    """Take the stages of these names out of the registry. Afterwards all are back, in their order: others ask for it."""
    whole = dict(STAGES)

    def leave_out(*names: str) -> None:
        for name in names:
            del STAGES[name]

    yield leave_out
    STAGES.clear()
    STAGES.update(whole)
