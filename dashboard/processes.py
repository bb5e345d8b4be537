"""Work in processes of their own, shared by the visitors who wait for it and stopped when none does; its end is told in words."""

import atexit
import json
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import streamlit as st

from core.errors import LatentLensError, ResultError
from core.paths import ROOT, environment

# After a visitor's last wait: whoever changes something else on the page waits for the same work again at once.
GRACE_SECONDS = 5.0
_POLL_SECONDS = 0.1
_PROGRESS = b'{"progress": '  # how a line begins that a process writes on the way


@dataclass(frozen=True)
class Task:
    """What a process is to do.

    Attributes:
        command: what is started, in the project's folder.
        does: what it does, as in "The process that computes the map".
        words: what the page says meanwhile.
        place: where it waits for others.
        longest: seconds, after which it is stopped.
        smaller: a sentence that says what takes less time.
        given: its input.
        error: what is raised where it fails.
    """

    command: tuple[str, ...]
    does: str
    words: str
    place: threading.Semaphore
    longest: float
    smaller: str
    given: bytes | None = None
    error: type[LatentLensError] = ResultError


_lock = threading.Lock()  # for all that changes below
_wanted: dict[Task, "_Work"] = {}


@dataclass(eq=False)
class _Work:
    """A task under way."""

    task: Task
    visitors: int = 0
    process: subprocess.Popen | None = None
    begun: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    told: bytes = b""
    share: float | None = None  # of the work that is done, where the process tells
    error: LatentLensError | None = None

    def run(self) -> None:
        try:
            with self.task.place:
                self._run()
        except LatentLensError as error:
            self.error = error
        finally:
            self.drop()
            self.begun.set()
            self.ended.set()

    def _run(self) -> None:
        task = self.task
        with _lock:
            if _wanted.get(task) is not self:
                return  # nobody waits any longer
            try:
                self.process = subprocess.Popen(
                    task.command,
                    cwd=ROOT,
                    env=environment(),
                    stdin=subprocess.DEVNULL if task.given is None else subprocess.PIPE,
                    stdout=subprocess.PIPE,  # what libraries warn of goes to the server's log
                )
            except OSError as error:
                raise task.error(
                    f"The process that {task.does} cannot be started: {error.strerror}. Try again when less else runs."
                ) from error
        self.begun.set()
        late = threading.Event()
        with self.process as process, _after(task.longest, lambda: (late.set(), process.kill())):
            giver = threading.Thread(target=_give, args=(process, task.given), daemon=True)
            giver.start()
            lines = []
            for line in process.stdout:
                if (share := _share(line)) is None:
                    lines.append(line)
                else:
                    self.share = share
            self.told = b"".join(lines)
            giver.join()  # else both would close its input, one of them with an error
        if late.is_set():
            raise task.error(
                f"The process that {task.does} took longer than {task.longest / 60:g} minutes and was stopped. {task.smaller}"
            )
        if process.returncode:
            raise task.error(_reason(process.returncode, self.told, task))

    def drop(self, *, if_unwanted: bool = False) -> None:
        """Stop the process; whoever asks from now on begins anew."""
        with _lock:
            if if_unwanted and self.visitors:
                return
            if _wanted.get(self.task) is self:
                del _wanted[self.task]
            if self.process:
                self.process.kill()


def output(task: Task) -> bytes:
    """What the process of a task writes to its output. The visitor waits for it, with words on the page, and a bar where the
    process writes lines such as `{"progress": 0.5}`.

    Whoever leaves the page ends the wait; what nobody waits for is stopped. Raises `task.error`, with the message of
    `{"message": ...}` where the process fails and writes that.
    """
    with _waiting(task) as work:
        with st.spinner("Waiting for something else to be computed…", show_time=True):
            _wait(work.begun)
        with st.spinner(task.words, show_time=True):
            _wait(work.ended, work)
    if work.error:
        raise work.error
    return work.told


@contextmanager
def _waiting(task: Task) -> Iterator[_Work]:
    with _lock:
        work = _wanted.get(task)
        if work is None:
            work = _wanted[task] = _Work(task)
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


def _wait(event: threading.Event, work: _Work | None = None) -> None:
    bar = None
    while not event.wait(_POLL_SECONDS):
        if work and work.share is not None:
            bar = bar or st.empty()
            bar.progress(work.share, f"{work.share:.0%} done")
        # Like most of `st`, this ends the script here where its visitor has left or wants another page.
        _ = "result" in st.session_state
    if bar:
        bar.empty()


@contextmanager
def _after(seconds: float, act: Callable[[], object]) -> Iterator[None]:
    """Do that if what is inside takes so long."""
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _give(process: subprocess.Popen, data: bytes | None) -> None:
    if data is not None:
        with suppress(OSError), process.stdin as pipe:  # one that has ended reads no longer
            pipe.write(data)


def _share(line: bytes) -> float | None:
    """What a line says of how much is done, a share; None for any other line."""
    if not line.startswith(_PROGRESS):
        return None
    try:
        return min(1.0, max(0.0, float(json.loads(line)["progress"])))
    except (ValueError, TypeError):
        return None


def _reason(status: int, told: bytes, task: Task) -> str:
    """Why a process ended with this status, in words."""
    try:
        return json.loads(told)["message"]
    except (ValueError, KeyError, TypeError):
        pass
    process = f"The process that {task.does}"
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
