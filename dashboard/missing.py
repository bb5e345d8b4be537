"""What a page shows in place of a run, map or image that is not there yet: what it is, and the way to get it."""

import streamlit as st

from core.access import look_only, require_changes_allowed
from core.errors import InvalidInputError, LatentLensError
from core.estimates import estimate_seconds
from core.jobs import queue as jobs
from core.settings import LOSSES, RunConfig, unlike
from core.tables import estimate_text
from dashboard import queries
from dashboard.naming import tell_labels_by_hand
from dashboard.told import plain
from dashboard.view import Selection, Shown, look_at, looked_at, trained_sizes

LOOK_ONLY = "This server is for looking only: models are trained and deleted by its owner."
_COLLAPSED = {
    "embeddings": "It gives nearly the same embedding to every image, so its clusters, maps and scores say nothing about the "
    "images. Train it with another seed or a smaller learning rate.",
    "drawings": "It draws nearly the same picture whatever image it is given, so its reconstructions say nothing about the "
    "images. Train it with another seed or a smaller learning rate.",
}
_SETTINGS = {"images": "images to learn from"}


class NothingToShowError(Exception):
    """The page has said what is missing and ends. Unlike after `st.stop`, the sidebar can still be drawn."""


def available_runs(selection: Selection) -> dict[str, Shown]:
    """What is looked at, by key. For runs that are missing, an offer to train; with none at all, NothingToShowError."""
    found, missing = looked_at(selection)
    damaged = queries.runs().damaged
    if damaged and not st.session_state.get("damaged_told"):
        st.session_state.damaged_told = True
        for one in damaged:
            st.warning(
                plain(one.reason), title="A stored run cannot be used; the others can", icon=":material/warning:"
            )
    if missing:
        offer_training(selection, missing)
    if not found:
        raise NothingToShowError
    for one in found.values():
        if alike := queries.collapsed(one.run):
            st.warning(_COLLAPSED[alike], title=f"{one.title}: this model has collapsed", icon=":material/warning:")
    # What chosen runs differ in is in their titles.
    if not selection.runs and (differing := unlike([one.run.config for one in found.values()])):
        words = " and ".join(_SETTINGS.get(name, name.replace("_", " ")) for name in differing)
        st.info(
            f"These models differ in more than their loss, also in their {words}. **Runs** shows them side by side.",
            icon=":material/balance:",
        )
    tell_labels_by_hand(selection.dataset)
    return found


def offer_training(selection: Selection, losses: list[str]) -> None:
    """A box that says which models are missing, with one button that queues them."""
    configs = []
    for loss in losses:
        try:
            configs.append(RunConfig(dataset=selection.dataset, loss=loss, latent=selection.latent))
        except InvalidInputError as error:  # such as a teacher that learns from labels, and images without
            st.info(plain(f"{LOSSES[loss].title} cannot be trained on these images. {error}"), icon=":material/info:")
    if not configs:
        return
    titles = " and ".join(LOSSES[config.loss].title for config in configs)
    known = trained_sizes(selection.dataset)
    own = [run for run in queries.runs().usable if not run.bundled]
    seconds = sum(estimate_seconds(config, own) for config in configs)
    with st.container(border=True):
        st.markdown(
            f"**Not trained yet: {titles} on {selection.info.title} with latent size {selection.latent}.** "
            f"Training takes about {estimate_text(seconds)}; you can go on looking around meanwhile."
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            if look_only():
                st.caption(LOOK_ONLY)
            elif st.button(f"Train {titles}", type="primary", icon=":material/model_training:", key="train_missing"):
                try:
                    require_changes_allowed("Training a model")
                    for config in configs:
                        jobs.submit(config)
                except LatentLensError as error:
                    st.error(plain(error))
                else:
                    # Without query_params it refuses where the link holds choices.
                    st.switch_page("app_pages/train.py", query_params={})
            for size in known:
                if size == selection.latent:
                    continue  # looked at already: what is missing is missing there
                st.button(
                    f"Look at size {size}", key=f"look_at_{size}", on_click=look_at,
                    args=(selection.dataset, selection.losses[0], size),
                )  # fmt: skip


def without_labels(what: str) -> None:
    """Say in one line why something is not there. `what` is a subject in the plural: "accuracy and purity"."""
    st.caption(
        f":material/label_off: These images have no labels, so {what} cannot be shown. Name the clusters by hand under "
        "**Clusters**: the names then serve as labels."
    )


def need_images(selection: Selection, split: str) -> bool:
    """True where the split's images can be shown; else says how to get them."""
    if queries.have_images(selection.dataset, split):
        return True
    st.info(
        f"The {split} images of {selection.info.title} are not on this machine, so the numbers are shown without "
        f"pictures. `python -m core data fetch --dataset {selection.dataset}` gets them.",
        icon=":material/image_not_supported:",
    )
    return False
