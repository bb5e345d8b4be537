"""What pages say of drawings: whose they are, what a classifier sees in them. Sentences are Markdown, names that people gave escaped."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from core.settings import LOSSES
from core.tables import percent
from dashboard.told import plain
from dashboard.words import listed

if TYPE_CHECKING:
    from dashboard.queries.drawings import VerdictShares
    from dashboard.view import Shown

READOUT, OWN = "readout", "own"
TITLES = {READOUT: "What the numbers hold", OWN: "What this loss drew"}
EXPLAINED = {
    READOUT: "**What the numbers hold**: drawn by a second decoder, of the same design for all models, which was trained afterwards "
    "for each to read pictures back from its finished numbers.",
    OWN: "**What this loss drew**: drawn by the model's own decoder, as its loss asked for.",
}
RIGHT, WRONG = "✓", "✗"
LIKE_FOR_LIKE = "The pictures above are of two kinds: compare models in the same kind only."
VERDICTS = f", and what the classifier finds it most probably is, with {RIGHT} where that is its class and {WRONG} where it is not. "


def explanation(drawings: Mapping[str, str], shown: Mapping[str, "Shown"]) -> str:
    """Whose the drawings are that are shown: `READOUT` or `OWN` by key."""
    kinds = [kind for kind in TITLES if kind in drawings.values()]
    if len(kinds) == 1:
        return EXPLAINED[kinds[0]]
    said = []
    for kind in kinds:
        titles = [plain(shown[key].title) for key in drawings if drawings[key] == kind]
        said.append(f"{EXPLAINED[kind][:-1]} (here {listed(titles)}).")
    return " ".join(said)


def row_name(title: str, drawing: str) -> str:
    """How a row of drawings is called."""
    return f"{title}: what the numbers hold" if drawing == READOUT else title


def without_readout(titles: Sequence[str]) -> str:
    """That these models have no read-out yet; what is shown instead."""
    are, their = ("have", "their losses") if len(titles) > 1 else ("has", "its loss")
    return f"{listed([plain(title) for title in titles])} {are} no read-out yet, so what {their} drew is shown."


def strip_note(drawings: Mapping[str, str], shown: Mapping[str, "Shown"]) -> str:
    """Why some rows of the overview's strip are read-outs: of losses that ask for no likeness; empty where none is."""
    read = [
        plain(shown[key].title.lower())
        for key, kind in drawings.items()
        if kind == READOUT and not LOSSES[shown[key].run.config.loss].likeness
    ]
    if not read:
        return ""
    many = len(read) > 1
    return (
        f":material/lightbulb: **Read back, not redrawn:** the {listed(read)} {'models are' if many else 'model is'} not asked for a "
        f"likeness, so {'their rows show' if many else 'its row shows'} what the numbers hold."
    )


def verdict(name: str, share: float, right: bool | None) -> str:
    """What a judge says of a picture: `✓ Coat, 97 %`; without the mark where nobody knows the class."""
    mark = "" if right is None else f"{RIGHT if right else WRONG} "
    return f"{mark}{name}, {100 * share:.0f} %"


def judged_by(title: str, trained_against: bool) -> str:
    """A judge's name, with what speaks against it."""
    return f"{title} (trained against)" if trained_against else title


def shares_sentence(shares: "VerdictShares", title: str, drawing: str) -> str:
    """How many of all test images a judge names right, in both drawings of the model `title` and as they are: models compare only in
    the same kind of drawing. `drawing`: the one that is shown.
    """
    against = ", against which this model was trained," if shares.trained_against else ""
    own, readout = (
        f"**{percent(share)}**" if drawing == kind else percent(share)
        for kind, share in ((OWN, shares.own), (READOUT, shares.readout))
    )
    return (
        f"**{plain(title)}**: the {shares.judge_title.lower()}{against} names {own} of all test images right in what its loss drew, "
        f"{readout} in what its numbers hold, {percent(shares.original)} in the originals."
    )


def histogram_title(images: int, drawings: Mapping[str, str], lowest: str) -> str:
    """What the errors of all test images are of: always the losses' own drawings, also where others are shown (`drawings`, by key).
    `lowest`: the title of the model whose are the lowest on average; empty for one model.
    """
    other = " (not of what the numbers hold)" if READOUT in drawings.values() else ""
    best = f": {lowest} redraws pixels most exactly" if lowest else ""
    return f"Error of what each loss drew of all {images:,} test images{other}{best}"
