"""What tests of `core` share."""

import os

import pytest


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
