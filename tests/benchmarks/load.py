"""Many visitors at once: how long each waits for an answer, how many answers the server gives, and how much memory it takes.

Visitors speak Streamlit's protocol from a process of their own and change k, the losses and the page, as people do. Beside it, on the
same machine in the same run, a Streamlit page that only prints a number: the least that such a server can take.
"""

import asyncio
import itertools
import json
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from tests.benchmarks.process import run_json
from tests.benchmarks.rows import row
from tests.browser.conftest import Server

SECONDS = 60
SESSIONS = (1, 20, 50)
PACE = 5.0  # seconds between a visitor's actions, on average
FLOOR = "tests/benchmarks/number_app.py"
_TIMEOUT = 120
_PAGES = ("", "reconstructions", "embedding_map", "clusters", "confusion", "runs")
_LOSSES = (["mse", "perceptual"], ["mse", "bce"], ["bce", "perceptual"], ["perceptual"])


def measure(quick: bool) -> Iterator[dict]:
    seconds = 15 if quick else SECONDS
    for sessions in SESSIONS[-1:] if quick else SESSIONS:
        for script, name in ((FLOOR, "a page that only prints a number"), ("dashboard/app.py", "the dashboard")):
            with tempfile.TemporaryDirectory() as folder:
                server = Server(Path(folder), script)
                memory = psutil.Process(server.process.pid)
                took = run_json("load", server.url, str(sessions), str(seconds))["seconds"]
                used = memory.memory_info().rss / 1e6
                server.stop()
            what = f"{name}, {sessions} sessions, each acting every {PACE:g} s"
            ours = sessions == SESSIONS[-1] and script != FLOOR
            yield row(f"{what}: answer, median", statistics.median(took), "s", target="1 s" if ours else "")
            yield row(f"{what}: answer, 95th percentile", percentile(took, 0.95), "s", target="2 s" if ours else "")
            yield row(f"{what}: answers a second", len(took) / seconds, "1/s")
            yield row(f"{what}: memory", used, "MB", target="600 MB" if ours else "")


def percentile(values: list[float], share: float) -> float:
    return sorted(values)[round(share * (len(values) - 1))]


@dataclass
class Visitor:
    """One session. `took` gets the seconds from each action to the end of its answer."""

    socket: ClientConnection
    random: random.Random
    took: list[float] = field(default_factory=list)
    page: str = ""
    page_hash: str = ""
    widgets: dict[str, str] = field(default_factory=dict)  # ids by key
    states: dict[str, object] = field(default_factory=dict)  # values by id
    cached: set[str] = field(default_factory=set)

    async def act(self) -> None:
        """Change one thing, and wait for the whole answer."""
        changes = ["k", "k", "losses", "page"] if "losses" in self.widgets else ["k"]
        change = self.random.choice(changes)
        if change == "page":
            self.page, self.page_hash = self.random.choice(_PAGES), ""
        elif change == "k":
            self.states[self.widgets["k"]] = float(self.random.randrange(10, 31))
        else:
            self.states[self.widgets["losses"]] = self.random.choice(_LOSSES)
        started = time.perf_counter()
        await self.run()
        self.took.append(time.perf_counter() - started)

    async def run(self) -> None:
        """Ask for a run of the page with the present choices, and read until it has ended."""
        message = BackMsg()
        client = message.rerun_script
        client.page_script_hash, client.page_name = self.page_hash, "" if self.page_hash else self.page
        client.cached_message_hashes.extend(self.cached)
        for widget, value in self.states.items():
            state = client.widget_states.widgets.add(id=widget)
            if isinstance(value, float):
                state.double_value = value
            else:
                state.string_array_value.data.extend(value)
        await self.socket.send(message.SerializeToString())
        while True:
            answer = ForwardMsg.FromString(await asyncio.wait_for(self.socket.recv(decode=False), _TIMEOUT))
            kind = answer.WhichOneof("type")
            if answer.metadata.cacheable:
                self.cached.add(answer.hash)
            if kind == "new_session":
                self.page_hash = answer.new_session.page_script_hash
            elif kind == "delta":
                self._note(answer.delta.new_element)
            elif kind == "script_finished" and answer.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                if answer.script_finished not in (
                    ForwardMsg.FINISHED_SUCCESSFULLY,
                    ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY,
                ):
                    raise RuntimeError(f"Page {self.page!r} ended with {answer.script_finished}.")
                return

    def _note(self, element) -> None:
        if element.WhichOneof("type") == "exception":
            raise RuntimeError(f"Page {self.page!r} shows an exception: {element.exception.message}")
        for kind, key in (("number_input", "k"), ("button_group", "losses")):
            if element.WhichOneof("type") == kind and (widget := getattr(element, kind).id).endswith(f"-{key}"):
                self.widgets[key] = widget


async def visit(url: str, sessions: int, seconds: float) -> list[float]:
    """Seconds that each action of all visitors took. All first open a page; that is not counted."""
    address = url.replace("http", "ws", 1) + "/_stcore/stream"
    async with AsyncExitStack() as stack:
        sockets = [
            await stack.enter_async_context(
                connect(address, subprotocols=["streamlit"], max_size=None, compression=None)
            )
            for _ in range(sessions)
        ]
        visitors = [Visitor(socket, random.Random(number)) for number, socket in enumerate(sockets)]
        for visitor in visitors:
            await visitor.run()
        until = time.perf_counter() + seconds

        async def stay(visitor: Visitor) -> None:
            await asyncio.sleep(visitor.random.uniform(0, PACE))
            while (started := time.perf_counter()) < until:
                await visitor.act()
                # Acting every so often, whatever the answer took, unless it took longer.
                await asyncio.sleep(max(0.0, started + visitor.random.uniform(0.6, 1.4) * PACE - time.perf_counter()))

        await asyncio.gather(*(stay(visitor) for visitor in visitors))
    return list(itertools.chain.from_iterable(visitor.took for visitor in visitors))


if __name__ == "__main__":
    url, sessions, seconds = sys.argv[1:]
    print(json.dumps({"seconds": asyncio.run(visit(url, int(sessions), float(seconds)))}))
