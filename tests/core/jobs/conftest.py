"""Jobs whose training is a stand-in, and an end to whatever a test started."""

import os
import signal

import pytest

from core.jobs import queue as jobs
from core.paths import ROOT

STAND_IN = (str(ROOT / "tests" / "core" / "stand_in_job.py"),)


@pytest.fixture
def ended(artifacts):
    """Whatever a test started has ended when it is over."""
    yield
    for process in jobs.executor._started.values():
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    jobs.executor._started.clear()


@pytest.fixture
def stand_in(ended, monkeypatch):
    """Jobs whose training is a stand-in (see `stand_in_job`)."""
    monkeypatch.setattr(jobs.executor, "_process", STAND_IN)
