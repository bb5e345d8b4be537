"""Maps that are not kept yet: computed in processes of their own, one at a time, as long as somebody waits for them.

So this server never imports openTSNE or umap, and what a map costs in memory is given back.
"""

import atexit
import json
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import streamlit as st

from core.access import require_changes_allowed
from core.errors import LatentLensError, MapError
from core.keep.run import Run
from core.paths import ROOT, environment
from core.settings import ProjectionConfig

LONGEST_SECONDS = 600
# After a visitor's last wait: whoever changes something else on the page waits for the same map again at once.
GRACE_SECONDS = 5.0
_POLL_SECONDS = 0.2

_lock = threading.Lock()  # for all that changes below
_place = threading.Semaphore()  # a map takes 400 MB and every processor
_wanted: dict[tuple[str, ...], "_Work"] = {}


@dataclass(eq=False)
class _Work:
    """A map in the making, shared by all visitors who wait for it."""

    command: tuple[str, ...]
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
                raise MapError(
                    f"The map's process cannot be started: {error.strerror}. Try again when less else runs."
                ) from error
        self.begun.set()
        with self.process as process:
            try:
                told, _ = process.communicate(timeout=LONGEST_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise MapError(
                    f"The map took longer than {LONGEST_SECONDS / 60:g} minutes and was stopped. Fewer neighbours take "
                    f"less time; `{' '.join(('python', *self.command[1:-1]))}` may take as long as it needs."
                ) from None
        if process.returncode:
            raise MapError(_reason(process.returncode, told))

    def drop(self, *, if_unwanted: bool = False) -> None:
        """Stop the process; whoever asks from now on begins anew."""
        with _lock:
            if if_unwanted and self.visitors:
                return
            if _wanted.get(self.command) is self:
                del _wanted[self.command]
            if self.process:
                self.process.kill()


def compute(run: Run, config: ProjectionConfig) -> None:
    """Have a map of `run` computed and kept, and wait for it, with words on the page.

    Whoever leaves the page ends the wait; nobody's map is computed on. Raises MapError where it could not be computed, and
    ChangesNotAllowedError on a server for looking only.
    """
    require_changes_allowed("Computing a map that is not kept yet")
    with _waiting(run, config) as work:
        with st.spinner("Waiting for another map to be computed…", show_time=True):
            _wait(work.begun)
        with st.spinner("Computing the map (once; it is kept)…", show_time=True):
            _wait(work.ended)
    if work.error:
        raise work.error


def _command(run: Run, config: ProjectionConfig) -> tuple[str, ...]:
    command = [sys.executable, "-m", "core", "project", run.id, "--method", config.method, "--seed", str(config.seed)]
    if config.neighbours:
        command += ["--neighbours", str(config.neighbours)]
    return (*command, "--json")


@contextmanager
def _waiting(run: Run, config: ProjectionConfig) -> Iterator[_Work]:
    with _lock:
        work = _wanted.get(command := _command(run, config))
        if work is None:
            work = _wanted[command] = _Work(command)
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
        _ = "map" in st.session_state


def _reason(status: int, told: bytes) -> str:
    """Why a process ended with this status, in words."""
    try:
        return json.loads(told)["message"]
    except (ValueError, KeyError, TypeError):
        pass
    if status == -signal.SIGKILL:
        return "The map's process was killed by the system (signal 9, SIGKILL): perhaps memory ran out. Try again when less else runs."
    if status < 0:
        name = signal.Signals(-status).name if -status in set(signal.Signals) else "unknown"
        return f"The map's process crashed (signal {-status}, {name}). Try another map or number of neighbours."
    return f"The map's process ended with status {status} and without a word. The server's log says more."


@atexit.register
def _stop_all() -> None:
    for work in list(_wanted.values()):
        work.drop()
