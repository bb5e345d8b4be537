"""The stage that asks judges what a run's drawings show: how many a classifier names right."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from core import serve
from core.checks import check_name
from core.data import ImageSetInfo, load
from core.events import OnEvent
from core.keep import results
from core.keep.judges import TEACHER, TITLES, UNSEEN, Judge, find_judge, judge_config, put_judge, trained_against
from core.keep.results import Result, Settings
from core.keep.run import Run
from core.paths import checkpoints_folder, find_loss_network, loss_networks_folder, precision_file
from core.settings import LossNetworkConfig

ABSENT = "absent"
_BATCH = 500


@dataclass(frozen=True)
class VerdictsConfig:
    """`judge`: a name of `core.keep.judges.TITLES`."""

    judge: str = UNSEEN

    def __post_init__(self) -> None:
        check_name("judge", self.judge, TITLES)


class Verdicts:
    """Shares of all test images that a judge names right: the images themselves, what the run draws of them, its read-outs."""

    name, version, phase, settings = "verdicts", 1, "verdicts", VerdictsConfig
    needs = ("run", "on_event", "test_images", "test_labels", "test_embeddings", "decoder", "readout")

    def applies(self, info: ImageSetInfo) -> bool:
        return info.labelled

    def usual(self, info: ImageSetInfo) -> Sequence[Settings]:
        return [VerdictsConfig(judge) for judge in TITLES]

    def own(self, run: Run, settings: VerdictsConfig) -> Result | None:
        """`ABSENT` with a word where the judge is a loss network that was never trained: it is not trained for this alone."""
        if settings.judge != TEACHER:
            return None
        if found := results.get(run, self, settings):
            return found
        config = judge_config(run, TEACHER)
        if config is None or find_loss_network(config.network_id) or find_judge(config):
            return None
        return Result(
            {ABSENT: "No perceptual loss was trained on these images yet, so there is no loss network to ask."}
        )

    def run(self, inputs: Mapping[str, Any], settings: VerdictsConfig) -> Result:
        """`network`, the judge's id; `trained_against`; its validation `accuracy`; shares `original`, `own` and `readout`."""
        run, labels, embeddings = inputs["run"], inputs["test_labels"], inputs["test_embeddings"]
        config = judge_config(run, settings.judge)
        assert config is not None  # there are labels
        judge = made_judge(config, inputs["on_event"])
        draw: dict[str, Callable[[slice], np.ndarray]] = {
            "original": inputs["test_images"].__getitem__,
            "own": partial(_drawn, inputs["decoder"], embeddings),
            "readout": partial(_drawn, inputs["readout"], embeddings),
        }
        shares = {name: share_right(judge.model, pictures, labels) for name, pictures in draw.items()}
        told = {
            "network": config.network_id,
            "trained_against": trained_against(run, config),
            "accuracy": judge.accuracy,
        }
        return Result({**told, **shares})


def share_right(model: bytes, pictures: Callable[[slice], np.ndarray], labels: np.ndarray) -> float:
    """The share of pictures whose most probable class is their label's. `pictures`: gives those of a slice, as `serve.judge` takes them."""
    right = [serve.judge(model, pictures(part)).argmax(axis=1) == labels[part] for part in _parts(len(labels))]
    return float(np.mean(np.concatenate(right)))


def made_judge(config: LossNetworkConfig, on_event: OnEvent = lambda event: None) -> Judge:
    """The judge of a network: kept, or made now and kept, its network trained on the way. Raises DataError, StorageWriteError."""
    if found := find_judge(config):
        return found
    from core.learn.judges import judge_of

    model, accuracy = judge_of(
        config, load(config.dataset), networks=loss_networks_folder(), checkpoint=checkpoints_folder(),
        precision_cache=precision_file(), on_event=on_event,
    )  # fmt: skip
    judge = Judge(config, model, accuracy)
    put_judge(judge)
    return judge


def _drawn(decoder: bytes, embeddings: np.ndarray, part: slice) -> np.ndarray:
    return serve.decode(decoder, embeddings[part])


def _parts(count: int) -> Iterator[slice]:
    for start in range(0, count, _BATCH):
        yield slice(start, start + _BATCH)
