"""Where jobs run: the seam between the queue and what starts, watches and ends their processes."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol


class Executor(Protocol):
    """Runs `core.jobs.process` for a job, on this machine (`core.jobs.local`) or elsewhere."""

    def claim(self, job_id: str, folder: Path) -> AbstractContextManager[None]:
        """Within, the job counts as alive although nothing runs yet: whoever sees it before `start` takes it for waiting.

        Args:
            folder: where the job's files are being written, before it takes the job's name.

        Raises JobError where no job can be started here.
        """
        ...

    def start(self, job_id: str) -> None:
        """Start the process of a job that was claimed. Raises JobError."""
        ...

    def alive(self, job_id: str) -> bool:
        """Whether the job may still work. True in doubt: nothing of it may then be deleted. Never raises."""
        ...

    def stop(self, job_id: str) -> None:
        """End the job's process by force, where that can be done without ever meeting a stranger. Returns at once."""
        ...
