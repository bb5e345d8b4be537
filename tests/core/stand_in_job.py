"""The process of a job whose training is a stand-in: it tells one epoch after the other until the file `go` is there.

The seed says what else it does: 1: a library swallows the cancellation; 2: it starts a process of its own; 3: the disk
takes no event; 4: the disk is full. Every training leaves its begin and end in the file `order`.
"""

import contextlib
import errno
import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from core.jobs import process as job_process
from core.jobs.events import EventWriter
from core.paths import artifacts_folder, runs_folder


def note(word, config):
    with open(artifacts_folder() / "order", "a") as file:
        file.write(f"{word} {config.seed}\n")


def train_run(config, on_event):
    note("begin", config)
    on_event({"event": "stage", "stage": "autoencoder"})
    if config.seed == 2:
        code = "import fcntl, time; file = open('child', 'w'); fcntl.flock(file, fcntl.LOCK_EX); print(flush=True); time.sleep(60)"
        child = subprocess.Popen([sys.executable, "-c", code], cwd=artifacts_folder(), stdout=subprocess.PIPE)
        child.stdout.readline()
    if config.seed == 3:
        refuse_events()
    if config.seed == 4:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/some/file")
    epoch = 0
    while not (artifacts_folder() / "go").exists():
        epoch += 1
        on_event({"event": "epoch", "stage": "autoencoder", "epoch": epoch, "epochs": 9, "loss": 1 / epoch})
        with contextlib.suppress(*([KeyboardInterrupt] if config.seed == 1 else [])):
            time.sleep(0.05)
    (runs_folder() / config.run_id).mkdir(parents=True)
    note("end", config)
    return SimpleNamespace(id=config.run_id)


def refuse_events():
    def write(self, event):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    EventWriter.write = write


if __name__ == "__main__":
    sys.modules["core.pipeline"] = SimpleNamespace(train_run=train_run)
    job_process.main(sys.argv[1], int(sys.argv[2]))
