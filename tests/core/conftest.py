"""What tests of `core` share."""

import os
from collections.abc import Callable, Iterator

import pytest

from core.stages import STAGES


@pytest.fixture(autouse=True)
def _all_stages_again() -> Iterator[None]:
    """The registry as it was, in its order, after whatever a test did to it.

    It depends on nothing and comes first, so that it ends last: after `monkeypatch`, which removes what it did not find.
    """
    whole = dict(STAGES)
    yield
    STAGES.clear()
    STAGES.update(whole)


@pytest.fixture(autouse=True)
def _own_artifacts(_all_stages_again, artifacts):
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
def leave_out_stages() -> Callable[..., None]:
    """Take the stages of these names out of the registry, for one test."""

    def leave_out(*names: str) -> None:
        for name in names:
            del STAGES[name]

    return leave_out
