"""What is looked at, to take away into other tools: one table for Embedding Atlas, files for TensorBoard's projector, a notebook."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from core import export
from core.keep.run import Run
from core.settings import PROJECTIONS, ProjectionConfig
from core.stages import kept
from dashboard import image_link, take_away_words
from dashboard.cluster_names import naming_of
from dashboard.view import Selection, looked_at


@dataclass(frozen=True)
class Taken:
    """A file that is made when somebody asks for it."""

    title: str
    name: str
    mime: str
    words: str
    make: Callable[[], bytes]


def take_away(selection: Selection) -> None:
    """A button that opens the offer; nothing where there is no run to take away."""
    runs = [one.run for one in looked_at(selection)[0].values()]
    if not runs:
        return
    with st.popover("Take it away", icon=":material/download:", key="take_away", width="stretch"):
        st.markdown(take_away_words.INTRODUCTION)
        for one in files(selection, runs):
            st.download_button(
                one.title, one.make, file_name=one.name, mime=one.mime, icon=":material/download:", key=f"take_{one.name.rpartition('.')[2]}",
                on_click="ignore", width="stretch",
            )  # fmt: skip
            st.caption(one.words)


def files(selection: Selection, runs: Sequence[Run]) -> list[Taken]:
    """What is offered of these runs."""
    config, info = selection.clustering, selection.info
    # In a visit's first run the sidebar is drawn before the widget that keeps the image.
    image_key = image_link.read(st.session_state.get(image_link.KEY) or st.query_params.get(image_link.KEY, ""), info)
    name = f"{selection.dataset}-{'-'.join(export.run_names(runs))}-k{selection.clusters}"
    named = {run.id: naming_of(run, config).names for run in runs}
    given = {run_id: names for run_id, names in named.items() if names}
    table, projector = take_away_words.sizes(info.shape, info.test_size, [run.config.latent for run in runs])

    def parquet() -> bytes:
        return export.parquet_bytes(export.embeddings_table(runs, config, kept_maps(runs), cluster_names=given))

    def zipped() -> bytes:
        return export.projector_zip(runs, config, kept_maps(runs), cluster_names=given)

    def notebook() -> bytes:
        split, image = image_link.parts(image_key) if image_key else (selection.split, None)
        return export.notebook(runs, config, kept_maps(runs), split=split, image=image)

    usual = ProjectionConfig("tsne")
    drawn = [usual] if all(usual.name in run.projections() for run in runs) else []
    command = export.atlas_command(f"{name}.parquet", runs, drawn)
    return [
        Taken("One table (Parquet)", f"{name}.parquet", "application/vnd.apache.parquet", take_away_words.table(info.test_size, table, command), parquet),
        Taken("For TensorBoard’s projector", f"{name}-projector.zip", "application/zip", take_away_words.projector(projector), zipped),
        Taken("Notebook", f"{name}.ipynb", "application/x-ipynb+json", take_away_words.NOTEBOOK, notebook),
    ]  # fmt: skip


def kept_maps(runs: Sequence[Run]) -> list[ProjectionConfig]:
    """The usual maps that are kept with every one of these runs."""
    usual = [ProjectionConfig(method) for method in PROJECTIONS]
    return [config for config in usual if all(kept(run, "map", config) is not None for run in runs)]
