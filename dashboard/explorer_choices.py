"""The choices of the latent explorer: the image it starts from, what a path leads through, which decoder draws."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import streamlit as st

from dashboard import drawing_choice, explorer_stops, explorer_words, link
from dashboard.explorer_stops import FEWEST, MOST, Stop, Stops
from dashboard.link import Parameter, one_of, whole_number
from dashboard.view import Selection, Shown, is_key

_MOST_MOVED, _FARTHEST = 1024, 1e6
_AT = whole_number(0, 100, 50)  # where on a path, in per cent of the whole


def parameters(selection: Selection) -> dict[str, Parameter]:
    """What a link can say about the page."""
    return {
        "explore": one_of(explorer_words.MODES),
        "drawing": drawing_choice.parameter(),
        "from": Parameter(
            lambda text: explorer_stops.image(text, selection), "an image, such as `test.12`", "the first test image"
        ),
        "path": Parameter(
            lambda text: _path(text, selection),
            f"{FEWEST} to {MOST} images, classes or clusters with commas between them, such as `test.12,class.3`",
            "the usual path",
        ),
        "numbers": Parameter(
            lambda text: text if _moved(text) else None,
            "numbers with a model and a value, such as `mse:3:1.5`",
            "the image's own numbers",
        ),
        "at": _AT,
    }


def start(selection: Selection, *, visible: bool) -> str:
    """The image to start from, `test.12`, with a box and a button to choose another where they are to be seen."""
    _kept_in_link("from")
    state = st.session_state
    image = explorer_stops.image(state.get("from") or "", selection) or "test.0"
    if visible:
        split, _, index = image.partition(".")
        last = (selection.info.test_size if split == "test" else selection.info.train_size) - 1
        state.from_box = int(index)
        st.number_input(
            "Test image" if split == "test" else "Training image", 0, last, step=1, key="from_box", width=160,
            on_change=lambda: _start_from(f"{split}.{state.from_box}"),
        )  # fmt: skip
        st.button(
            "Another image",
            icon=":material/shuffle:",
            key="from_another",
            on_click=lambda: _start_from(another(selection)),
        )
    return image


def another(selection: Selection) -> str:
    """A test image drawn at random."""
    return f"test.{np.random.default_rng().integers(selection.info.test_size)}"


def explore(image: str) -> None:
    """Have the page show sliders that start at this image, `test.12`, when it is drawn next."""
    st.session_state.explore = next(iter(explorer_words.MODES))
    _start_from(image)


def link_to(image: str) -> dict[str, str]:
    """What a link to the page holds for sliders that start at this image."""
    return {"from": image, "explore": next(iter(explorer_words.MODES.values()))}


def take_up_link() -> None:
    """Before the widgets: a link that came with another image shows its sliders, whatever was shown before."""
    state, image = st.session_state, st.query_params.get("from")
    if image and image != state.get("explored_from", image):
        state.explore = next(iter(explorer_words.MODES))
    state.explored_from = image


def _start_from(image: str) -> None:
    st.session_state["from"] = image
    st.query_params.pop("numbers", None)  # those of the image before


def stops(known: Stops, start: str) -> list[Stop]:
    """What a path leads through, chosen in a box: at least two."""
    _kept_in_link("path")
    state, selection = st.session_state, known.selection
    found = _usable(known, (state.get("path") or "").split(","))
    if len(found) < FEWEST:
        found = _usable(known, explorer_stops.usual(start, selection))
    titles = {known.title(stop): stop for stop in [*found, *known.offered()]}
    box = f"path_box_{'_'.join(known.runs)}"
    state[box] = [known.title(stop) for stop in found]

    def take() -> None:
        chosen = [titles[one].text if one in titles else one for one in state[box]]
        usable = _usable(known, chosen)
        if unknown := [one for one in chosen if known.read(one) is None]:
            st.toast(
                explorer_words.no_such_image(link.quoted(unknown[0]), selection.info.test_size), icon=":material/info:"
            )
        elif len(usable) < FEWEST:
            st.toast("A path leads through at least two. Add another before you take one away.", icon=":material/info:")
        if len(usable) >= FEWEST:
            lead(stop.text for stop in usable)

    def lead(texts: Iterable[str]) -> None:
        state.path = ",".join(texts)
        st.query_params.pop("at", None)  # the place on the path before

    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.multiselect(
            "The path leads through", list(titles), key=box, max_selections=MOST, accept_new_options=True, on_change=take,
            help=f"{FEWEST} to {MOST}, in this order: averages of classes and clusters from the list, or the number of a test image, typed.",
            select_all=False, width=640,
        )  # fmt: skip
        st.button(
            "Two other images", icon=":material/shuffle:", key="path_another",
            on_click=lambda: lead(explorer_stops.usual(another(selection), selection)),
        )  # fmt: skip
    return found


def _usable(known: Stops, texts: Sequence[str]) -> list[Stop]:
    """The stops that these texts mean, each once."""
    return list(dict.fromkeys(stop for text in texts if (stop := known.read(text))))[:MOST]


def at() -> float:
    """Where on the path to begin, from 0 to 1, as a link says."""
    return int(_AT.read(st.query_params.get("at", "")) or _AT.usual) / 100


def moved(runs: Mapping[str, Shown]) -> dict[str, dict[int, float]]:
    """The numbers that a link has moved, by the run's key and their index."""
    found: dict[str, dict[int, float]] = {}
    for key, number, value in _moved(st.query_params.get("numbers", "")):
        if key in runs and number < runs[key].run.config.latent:
            found.setdefault(key, {})[number] = value
    return found


def _moved(text: str) -> list[tuple[str, int, float]]:
    """Key, index and value of each number that the text moves, `mse:3:1.5`, whose index counts from 1; none for anything else."""
    parts = text.split(",") if text else []
    found = []
    for part in parts:
        key, _, rest = part.partition(":")
        number, _, value = rest.partition(":")
        try:
            moved = key, int(number) - 1, float(value)
        except ValueError:
            return []
        if not (is_key(key) and moved[1] >= 0 and abs(moved[2]) <= _FARTHEST):  # NaN compares as false
            return []
        found.append(moved)
    return found if len(found) <= _MOST_MOVED else []


def _path(text: str, selection: Selection) -> str | None:
    """The path as links write it; None where part of it means nothing."""
    found = [explorer_stops.read(one, selection) for one in text.split(",")]
    return ",".join(stop.text for stop in found if stop) if FEWEST <= len(found) <= MOST and all(found) else None


def _kept_in_link(key: str) -> None:
    """A choice that no widget shows as the link holds it."""
    place = st.container(key=f"unseen_{key}")
    place.html(
        f"<style>div:has(> .st-key-unseen_{key}) {{display:none}}</style>"
    )  # with what holds it, which takes room
    place.text_input(f"{key} in the link", key=key, bind="query-params")
