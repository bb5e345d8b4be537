"""What can be drawn of embeddings, and what classifiers say of it: by the run's own decoder, or by its read-out."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from core import serve
from core.analyse.clustering import SPLITS
from core.checks import check_name
from core.data import dataset_info
from core.keep.judges import TITLES, Judge, find_judge, judge_config, trained_against
from core.keep.run import Run
from core.stages import kept
from core.stages.readout import MODEL
from core.stages.verdicts import ABSENT, VerdictsConfig
from dashboard.queries.images import pictures
from dashboard.queries.stored import NotKeptError, state

READOUT, OWN, ORIGINAL = "readout", "own", "original"
DRAWINGS = (ORIGINAL, OWN, READOUT)


@dataclass(frozen=True, eq=False)
class Verdicts:
    """What a judge says of some pictures.

    Attributes:
        judge_title: the judge, in words.
        trained_against: whether the run's loss compared what this very judge sees.
        classes: int (n,), the class that it finds most probable.
        shares: float32 (n,), how probable, in [0, 1].
        judge: its name (`core.keep.judges.TITLES`).
    """

    judge_title: str
    trained_against: bool
    classes: np.ndarray
    shares: np.ndarray
    judge: str


@dataclass(frozen=True)
class VerdictShares:
    """Shares of all test images that a judge names right: of the images, of what the loss drew, of what the numbers hold."""

    judge_title: str
    trained_against: bool
    original: float
    own: float
    readout: float
    judge: str  # its name (`core.keep.judges.TITLES`)


def readout_model(run: Run) -> bytes | None:
    """The read-out as an ONNX model that takes embeddings as they are stored; None where none is kept."""
    try:
        return _readout_model(run, *state(run))
    except NotKeptError:
        return None


@st.cache_resource(max_entries=32, show_spinner=False)
def _readout_model(_run: Run, run_id: str, stamp: int) -> bytes:
    found = kept(_run, "readout")
    if found is None:
        raise NotKeptError(f"No read-out of {run_id} is kept.")  # not remembered: it may be trained yet
    return found.files[MODEL]


def readout_of(run: Run, embeddings: np.ndarray) -> np.ndarray | None:
    """What embeddings (n, latent), as they are stored, hold: float32 (n, h, w, c) in [0, 1]. None where no read-out is kept."""
    model = readout_model(run)
    return None if model is None else serve.decode(model, embeddings, shape=dataset_info(run.config.dataset).shape)


def readouts(run: Run, split: str, rows: np.ndarray) -> np.ndarray | None:
    """What the numbers of these images hold, as `readout_of`."""
    return readout_of(run, _embeddings(run, split)[rows])


def drawn(run: Run, embeddings: np.ndarray, drawing: str) -> np.ndarray:
    """What is drawn of embeddings: float32 (n, h, w, c) in [0, 1].

    `drawing`: `OWN`, or `READOUT`, for which the loss's own stands in where no read-out is kept.
    """
    found = readout_of(run, embeddings) if check_name("drawing", drawing, (OWN, READOUT)) == READOUT else None
    return run.decode(embeddings) if found is None else found


def decoders(run: Run) -> dict[str, bytes]:
    """ONNX models that take embeddings as they are stored: `own`, and `readout` where one is kept."""
    model = readout_model(run)
    return {OWN: run.decoder} if model is None else {READOUT: model, OWN: run.decoder}


def _embeddings(run: Run, split: str) -> np.ndarray:
    check_name("split", split, SPLITS)
    return run.test_embeddings if split == "test" else run.train_embeddings


def verdicts(
    run: Run, rows: np.ndarray, drawing: str, *, split: str = "test", judge: str | None = None
) -> list[Verdicts]:
    """What each judge, or the one of this name, says of these images, or of what is drawn of them: one of `DRAWINGS`.

    Empty without labels or judges, without the images where they are asked about, and without a read-out where that is.
    """
    check_name("drawing", drawing, DRAWINGS)
    if drawing == ORIGINAL:
        shown = pictures(run.config.dataset, split, rows)
    elif drawing == OWN:
        shown = run.decode(_embeddings(run, split)[rows])
    else:
        shown = readouts(run, split, rows)
    return [] if shown is None else verdicts_of(run, shown, judge=judge)


def verdicts_of(run: Run, shown: np.ndarray, *, judge: str | None = None) -> list[Verdicts]:
    """What each judge, or the one of this name, says of pictures, uint8 or floats in [0, 1] (n, h, w, c)."""
    return [_verdicts(run, name, found, shown) for name, found in judges(run).items() if judge in (None, name)]


def _verdicts(run: Run, name: str, judge: Judge, shown: np.ndarray) -> Verdicts:
    odds = serve.judge(judge.model, shown, classes=len(dataset_info(run.config.dataset).class_names))
    return Verdicts(TITLES[name], trained_against(run, judge.network), odds.argmax(axis=1), odds.max(axis=1), name)


def judges(run: Run) -> dict[str, Judge]:
    """The judges that are there for a run's images, by name (`core.keep.judges.TITLES`): first the one that no loss has seen."""
    found = {}
    for name in TITLES:
        network = judge_config(run, name)
        if network is not None and (judge := _found_judge(network.network_id, run, name)) is not None:
            found[name] = judge
    return found


def _found_judge(network_id: str, run: Run, name: str) -> Judge | None:
    try:
        return _judge(network_id, run, name)
    except NotKeptError:
        return None


@st.cache_resource(max_entries=8, show_spinner=False)
def _judge(network_id: str, _run: Run, _name: str) -> Judge:
    network = judge_config(_run, _name)
    judge = None if network is None else find_judge(network)
    if judge is None:
        raise NotKeptError(f"No judge {network_id} is kept.")
    return judge


def verdict_shares(run: Run) -> list[VerdictShares]:
    """What is kept of each judge's verdicts on all test images; those not computed yet are left out."""
    if not dataset_info(run.config.dataset).labelled:
        return []
    found = {name: kept(run, "verdicts", VerdictsConfig(name)) for name in TITLES}
    return [
        VerdictShares(
            TITLES[name], one.values["trained_against"], *(one.values[drawing] for drawing in DRAWINGS), judge=name
        )
        for name, one in found.items()
        if one is not None and ABSENT not in one.values
    ]
