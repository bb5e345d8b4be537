"""The part of *Runs* that brings stored runs up to date: what they lack, the button that computes it, how far it is."""

from collections.abc import Sequence

import streamlit as st

from core.access import look_only, require_changes_allowed
from core.errors import LatentLensError
from core.jobs import queue as jobs
from core.jobs.refresh import Refresh
from core.keep.run import Run
from core.scores import Score
from core.stages import STAGES, missing
from dashboard.told import errors_told, plain


def lacking(runs: Sequence[Run]) -> dict[str, list[str]]:
    """By id, for runs that lack something: the names of the stages that were not computed for them."""
    found = {run.id: [name for name, _ in missing(run)] for run in runs}
    return {run_id: names for run_id, names in found.items() if names}


def words(names: dict[str, list[str]]) -> str:
    """What runs lack, as a sentence for people."""
    stages = {name: STAGES[name] for lacked in names.values() for name in lacked}
    what = sorted({stage.title if isinstance(stage, Score) else stage.phase for stage in stages.values()})
    count = f"{len(names)} runs lack" if len(names) > 1 else "One run lacks"
    return f"{count} results that came after {'them' if len(names) > 1 else 'it'}: {', '.join(what)}."


def lacking_results(runs: Sequence[Run]) -> None:
    """Draw it: nothing where nothing is lacking and no job is at work."""
    st.fragment(_draw, run_every=1.0 if _at_work() else None)(runs)


def _refreshing() -> list[jobs.Job]:
    return [job for job in jobs.list_jobs() if job.state != jobs.DAMAGED and isinstance(job.config, Refresh)]


def _at_work() -> list[jobs.Job]:
    return [job for job in _refreshing() if job.state in jobs.ACTIVE]


@errors_told()
def _draw(runs: Sequence[Run]) -> None:
    active = _at_work()
    before = st.session_state.get("refreshing", 0)
    st.session_state.refreshing = len(active)
    if len(active) < before:
        st.rerun(scope="app")  # the table has something new to show
    if active:
        progress = next((job.progress for job in active if job.progress), None)
        left = f"{len(active)} run{'s' if len(active) > 1 else ''} to go"
        st.progress(
            min(1.0, progress.done / max(1, progress.total)) if progress else 0.0,
            text=f"Computing what runs lack: {left}",
        )
        if not look_only() and st.button("Stop", icon=":material/stop_circle:", key="stop_refreshing"):
            require_changes_allowed("Stopping a computation")
            for job in reversed(active):
                jobs.cancel(job)
            st.rerun(scope="app")
        return
    for job in _refreshing():
        if job.state == jobs.FAILED:
            st.warning(plain(job.message), title=f"{plain(job.config.run)} could not be brought up to date")
        if not look_only():
            jobs.remove(job)  # told once
    names = lacking(runs)
    if not names:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(f":material/update: {words(names)}")
        if not look_only() and st.button("Compute them", icon=":material/calculate:", key="compute_lacking"):
            require_changes_allowed("Computing what runs lack")
            try:
                for run_id in names:
                    jobs.submit(Refresh(run_id))
            except LatentLensError as error:  # such as too many jobs: those before it go on
                st.toast(plain(error), icon=":material/info:")
            st.rerun(scope="app")
