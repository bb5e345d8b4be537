"""Results that are not kept yet: computed in processes of their own, one at a time, as long as somebody waits for them.

So this server never imports openTSNE or umap, and what a map or a clustering costs in memory is given back.
"""

import atexit
import json
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import streamlit as st

from core.access import require_changes_allowed
from core.errors import LatentLensError, ResultError
from core.keep.results import Settings, changed
from core.keep.run import Run
from core.paths import ROOT, environment

LONGEST_SECONDS = 600
# After a visitor's last wait: whoever changes something else on the page waits for the same map again at once.
GRACE_SECONDS = 5.0
_POLL_SECONDS = 0.2

_lock = threading.Lock()  # for all that changes below
_place = threading.Semaphore()  # a map takes 400 MB and every processor
_WORDS = {"map": "the map", "cluster": "the clusters", "score-stability": "the stability"}  # by stage
_wanted: dict[tuple[str, ...], "_Work"] = {}


@dataclass(eq=False)
class _Work:
    """A result in the making, shared by all visitors who wait for it."""

    command: tuple[str, ...]
    what: str
    visitors: int = 0
    process: subprocess.Popen | None = None
    begun: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    error: LatentLensError | None = None

    def run(self) -> None:
        try:
            with _place:
                self._compute()
        except LatentLensError as error:
            self.error = error
        finally:
            self.drop()
            self.begun.set()
            self.ended.set()

    def _compute(self) -> None:
        with _lock:
            if _wanted.get(self.command) is not self:
                return  # nobody waits any longer
            try:
                self.process = subprocess.Popen(
                    self.command,
                    cwd=ROOT,
                    env=environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,  # what libraries warn of goes to the server's log
                )
            except OSError as error:
                raise ResultError(
                    f"The process that computes {self.what} cannot be started: {error.strerror}. Try again when less else runs."
                ) from error
        self.begun.set()
        with self.process as process:
            try:
                told, _ = process.communicate(timeout=LONGEST_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise ResultError(
                    f"Computing {self.what} took longer than {LONGEST_SECONDS / 60:g} minutes and was stopped. Fewer neighbours or "
                    f"clusters take less time; `{shlex.join(('python', *self.command[1:-1]))}` may take as long as it needs."
                ) from None
        if process.returncode:
            raise ResultError(_reason(process.returncode, told, self.what))

    def drop(self, *, if_unwanted: bool = False) -> None:
        """Stop the process; whoever asks from now on begins anew."""
        with _lock:
            if if_unwanted and self.visitors:
                return
            if _wanted.get(self.command) is self:
                del _wanted[self.command]
            if self.process:
                self.process.kill()


def compute(run: Run, stage: str, settings: Settings) -> None:
    """Have a result of `run` computed and kept (`core.stages`), and wait for it, with words on the page.

    Whoever leaves the page ends the wait; what nobody waits for is not computed on. Raises ResultError where it could not be
    computed, and ChangesNotAllowedError on a server for looking only.
    """
    what = _WORDS.get(stage, f"the result {stage!r}")
    require_changes_allowed(f"Computing what is not kept yet, here {what},")
    with _waiting(_command(run, stage, settings), what) as work:
        with st.spinner("Waiting for something else to be computed…", show_time=True):
            _wait(work.begun)
        with st.spinner(f"Computing {what} (once; the result is kept)…", show_time=True):
            _wait(work.ended)
    if work.error:
        raise work.error


def _command(run: Run, stage: str, settings: Settings) -> tuple[str, ...]:
    given = json.dumps(changed(settings), sort_keys=True)
    return (sys.executable, "-m", "core", "compute", run.id, stage, "--settings", given, "--json")


@contextmanager
def _waiting(command: tuple[str, ...], what: str) -> Iterator[_Work]:
    with _lock:
        work = _wanted.get(command)
        if work is None:
            work = _wanted[command] = _Work(command, what)
            threading.Thread(target=work.run, daemon=True).start()
        work.visitors += 1
    try:
        yield work
    finally:
        with _lock:
            work.visitors -= 1
        if not work.ended.is_set():
            later = threading.Timer(GRACE_SECONDS, work.drop, kwargs={"if_unwanted": True})
            later.daemon = True
            later.start()


def _wait(event: threading.Event) -> None:
    while not event.wait(_POLL_SECONDS):
        # Like most of `st`, this ends the script here where its visitor has left or wants another page.
        _ = "result" in st.session_state


def _reason(status: int, told: bytes, what: str) -> str:
    """Why a process ended with this status, in words."""
    try:
        return json.loads(told)["message"]
    except (ValueError, KeyError, TypeError):
        pass
    process = f"The process that computes {what}"
    if status == -9:  # SIGKILL, a name that not every system has
        return f"{process} was killed by the system (signal 9, SIGKILL): perhaps memory ran out. Try again when less else runs."
    if status < 0:
        name = signal.Signals(-status).name if -status in set(signal.Signals) else "unknown"
        return f"{process} crashed (signal {-status}, {name}). Try other settings."
    return f"{process} ended with status {status} and without a word. The server's log says more."


@atexit.register
def _stop_all() -> None:
    for work in list(_wanted.values()):
        work.drop()
