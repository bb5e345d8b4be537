"""What is looked at: image set, runs, number of clusters, scaling, split; kept in the visitor's state and in the link. No widgets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from core.analyse.clustering import SPLITS
from core.data import ImageSetInfo, dataset_info, image_sets
from core.keep.run import Run
from core.settings import (
    CLUSTERERS,
    DEFAULT_CLUSTERS,
    DEFAULT_LATENT,
    LOSSES,
    MAX_CLUSTERS,
    MAX_LATENT,
    MIN_CLUSTERS,
    SCALINGS,
    ClusteringConfig,
    RunConfig,
)
from dashboard import link_names, queries
from dashboard.link import Parameter, one_of, quoted, some_of, whole_number
from dashboard.palette import loss_colour, shade
from dashboard.run_words import run_titles
from dashboard.told import plain

MAX_SHOWN = 4  # runs on a page
LATENT_SIZES = (1, 2, 3, 5, 8, 10, 16, 20, 32, 64, 128, 256)
DASHES = ("solid", "dash", "dot", "dashdot")


@dataclass(frozen=True)
class Selection:
    """What is looked at; without arguments, what a first visit shows.

    Attributes:
        runs: ids of runs chosen one by one; empty where the usual runs of these losses and this latent size are looked at.
        losses, latent: of chosen runs, their losses, and the latent size of the first.
    """

    dataset: str = "fashion_mnist"
    losses: tuple[str, ...] = ("mse", "perceptual")
    latent: int = DEFAULT_LATENT
    clusters: int = DEFAULT_CLUSTERS
    scaling: str = "unit"
    split: str = "test"
    method: str = "kmeans"
    runs: tuple[str, ...] = ()

    @property
    def info(self) -> ImageSetInfo:
        return dataset_info(self.dataset)

    @property
    def clustering(self) -> ClusteringConfig:
        return ClusteringConfig(self.clusters, self.scaling, method=self.method)

    @property
    def names(self) -> tuple[str, ...]:
        """The classes of the images; none without labels."""
        return queries.class_names(self.dataset)

    @property
    def split_words(self) -> str:
        return "unseen test images" if self.split == "test" else "training images"


@dataclass(frozen=True)
class Shown:
    """A run as it is looked at.

    Attributes:
        key: its name in links and in the keys of elements, unique on a page: the loss, or the run's id where runs were chosen.
        title: what tells it from the others on the page, in words.
        colour: its accent, `#rrggbb`.
        dash: how its lines are drawn, in plotly's words: of several runs of one loss each in another way.
    """

    run: Run
    key: str
    title: str
    colour: str
    dash: str = DASHES[0]


class ChosenRuns(Parameter):
    """The runs that a link names by their ids, with commas between them."""

    def usable(self, asked: Sequence[str]) -> tuple[list[str], bool]:
        found, refused = _named(",".join(asked))
        return [",".join(run.id for run in found)] if found else [], bool(found) and not refused

    def refusal(self, name: str, asked: Sequence[str]) -> str:
        found, refused = _named(",".join(asked))
        reasons = "".join(f", {reason}" for reason in refused[:3])
        shown = " and ".join(run_titles(found)) or self.usual
        return f"{name} was {quoted(','.join(asked))}{reasons}. Expected {self.expected}. Shown: {plain(shown)}."


def _named(text: str) -> tuple[list[Run], list[str]]:
    """The runs of these ids that can be looked at together, and why the others cannot, as Markdown."""
    known = queries.runs()
    damaged = {one.path.name for one in known.damaged}
    found: list[Run] = []
    refused = []
    for run_id in dict.fromkeys(one for one in text.replace(",", " ").split()):
        if run_id in damaged:
            refused.append(f"of which {quoted(run_id)} is damaged (**Runs** says how)")
        elif (run := known.get(run_id)) is None:
            refused.append(f"of which {quoted(run_id)} is not here (perhaps it was deleted)")
        elif reason := apart([*found, run]):
            refused.append(f"of which {quoted(run_id)} is left out ({reason})")
        else:
            found.append(run)
    return found, refused


def apart(runs: Sequence[Run]) -> str | None:
    """Why these runs cannot be looked at together, in words; None where they can."""
    if len(runs) > MAX_SHOWN:
        return f"a page shows at most {MAX_SHOWN} runs"
    if len({run.config.dataset for run in runs}) > 1:
        return "a page shows runs of one image set"
    return None


RUNS = ChosenRuns(
    lambda text: None, f"one to {MAX_SHOWN} ids of runs of one image set, with commas between them", "the usual runs"
)
CLUSTERS = whole_number(MIN_CLUSTERS, MAX_CLUSTERS, DEFAULT_CLUSTERS, nearest=True)


def in_links(titles: Mapping[str, str]) -> dict[str, str]:
    """What links hold of image sets with these titles: the title, of a user's own set its name, which no renaming changes."""
    return {**titles, **{name: name for name, info in image_sets().items() if info.own}}


def parameters() -> Mapping[str, Parameter]:
    """What a link can say about every page."""
    sets = queries.set_titles()
    return {
        "runs": RUNS,
        "dataset": one_of(sets, Selection.dataset, written=in_links(sets)),
        "losses": some_of({name: one.title for name, one in LOSSES.items()}, Selection.losses, MAX_SHOWN),
        "latent": whole_number(1, MAX_LATENT, DEFAULT_LATENT),
        "k": CLUSTERS,
        "method": one_of({name: one.title for name, one in CLUSTERERS.items()}, Selection.method),
        "scaling": one_of({name: one.title for name, one in SCALINGS.items()}, Selection.scaling),
        "split": one_of({name: name.capitalize() for name in SPLITS}, Selection.split),
        link_names.KEY: link_names.parameter(),
    }


def current() -> Selection:
    """What the sidebar says; before it is drawn for the first time, what it is going to say."""
    state = st.session_state
    if "k" not in state or "method" not in state:  # drawn last
        return Selection()
    counted = Selection(clusters=state.k, scaling=state.scaling, split=state.split, method=state.method)
    if runs := chosen_runs():
        first = runs[0].config
        losses = tuple(dict.fromkeys(run.config.loss for run in runs))
        ids = tuple(run.id for run in runs)
        return replace(counted, dataset=first.dataset, losses=losses, latent=first.latent, runs=ids)
    losses = tuple(loss for loss in LOSSES if loss in state.losses)
    return replace(counted, dataset=state.dataset, losses=losses, latent=state.latent)


def chosen_runs() -> list[Run]:
    """The runs chosen one by one; none where the usual ones are looked at."""
    return _named(st.session_state.get("runs") or "")[0]


def looked_at(selection: Selection) -> tuple[dict[str, Shown], list[str]]:
    """What is looked at by key, and the losses for which there is no run yet."""
    known = queries.runs()
    if selection.runs:
        return as_shown([run for run_id in selection.runs if (run := known.get(run_id))]), []
    found, missing = {}, []
    for loss in selection.losses:
        if run := known.find(selection.dataset, loss, selection.latent):
            found[loss] = Shown(run, loss, LOSSES[loss].title, loss_colour(loss))
        else:
            missing.append(loss)
    return found, missing


def as_shown(runs: Sequence[Run], unsaid: Sequence[str] = ()) -> dict[str, Shown]:
    """These runs by id, named by what differs but for settings `unsaid`, those of one loss in shades of its accent and with
    lines of their own.
    """
    shown: dict[str, Shown] = {}
    for run, title in zip(runs, run_titles(runs, unsaid), strict=True):
        before = sum(one.run.config.loss == run.config.loss for one in shown.values())
        colour = loss_colour(run.config.loss)
        dash = DASHES[before % len(DASHES)]
        shown[run.id] = Shown(run, run.id, title, shade(colour) if before % 2 else colour, dash)
    return shown


def over_latent(selection: Selection, shown: Mapping[str, Shown]) -> tuple[dict[str, Shown], dict[str, list[Run]]]:
    """Lines over the latent size, by key: what each is, and its runs. Of chosen runs those that differ only in their size
    are one line; else the usual runs of each loss, of all sizes.
    """
    known = queries.runs()
    if selection.runs:
        lines: dict[RunConfig, list[Run]] = {}
        for one in shown.values():
            lines.setdefault(replace(one.run.config, latent=1), []).append(one.run)
        named = as_shown([runs[0] for runs in lines.values()], unsaid=("latent",))
        return named, dict(zip(named, lines.values(), strict=True))
    found: dict[str, list[Run]] = {loss: [] for loss in shown}
    for run in known.usable:
        config = run.config
        usual = config.dataset == selection.dataset and known.find(config.dataset, config.loss, config.latent) is run
        if usual and config.loss in found:
            found[config.loss].append(run)
    return dict(shown), found


def title_of(key: str) -> str:
    """The title of what a link names by its key, whether it is looked at now or not."""
    if key in LOSSES:
        return LOSSES[key].title
    run = queries.runs().get(key)
    return run_titles([run])[0] if run else key


def is_key(text: str) -> bool:
    """Whether a link can name a run by this: a loss, or the id of a run."""
    return text in LOSSES or queries.runs().get(text) is not None


def look_at_run(run: Run) -> None:
    """Show this run from the next run of the app on: beside what is looked at where it is the usual one of its loss and size."""
    config = run.config
    if queries.runs().find(config.dataset, config.loss, config.latent) == run:
        look_at(config.dataset, config.loss, config.latent)
    else:
        look_at_these([run])


def look_at(dataset: str, loss: str, latent: int) -> None:
    """Show the usual run of these, beside the losses that are looked at, from the next run of the app on."""
    state = st.session_state
    losses = list(state.get("losses") or []) if state.get("dataset") == dataset else []
    losses = losses if loss in losses else [*losses, loss][-MAX_SHOWN:]
    state.pending_view = {"runs": "", "dataset": dataset, "losses": losses, "latent": latent}


def look_at_these(runs: Sequence[Run]) -> None:
    """Show exactly these runs from the next run of the app on."""
    st.session_state.pending_view = {"runs": ",".join(run.id for run in runs)}


def take_up_pending() -> None:
    """Bring about what was asked for: widgets' values may only be set before they are drawn."""
    st.session_state.update(st.session_state.pop("pending_view", {}))


def trained_sizes(dataset: str) -> list[int]:
    """Latent sizes of the runs on this image set."""
    return sorted({run.config.latent for run in queries.runs().usable if run.config.dataset == dataset})


def latent_options(dataset: str, asked: int) -> list[int]:
    """The sizes offered: those that runs on this image set have, and the one that is asked for, trained or not."""
    return sorted({*trained_sizes(dataset), asked})


def set_options(asked: str) -> dict[str, str]:
    """Titles of the image sets offered, by name: those that runs were trained on, and the one that is asked for."""
    trained = {run.config.dataset for run in queries.runs().usable}
    return {name: title for name, title in queries.set_titles().items() if name in trained or name == asked}


def nearest_trained(dataset: str, latent: int) -> int:
    """Of the sizes trained on this image set the one nearest to `latent`, of two as near the smaller; `latent` where there is none."""
    return min(trained_sizes(dataset), key=lambda size: (abs(size - latent), size), default=latent)
