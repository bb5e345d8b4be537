"""The part of *Train* that shows the queue, live: what runs and how far it is, what waits, what has ended."""

import streamlit as st

from core.access import look_only
from core.jobs import queue as jobs
from core.settings import LOSSES, RunConfig
from core.tables import seconds_text
from dashboard import charts, queries
from dashboard.components.live_chart import live_chart
from dashboard.palette import loss_colour
from dashboard.told import attempt, errors_told, plain, tell_attempt
from dashboard.turns import turn
from dashboard.view import look_at_run

ICONS = {
    jobs.QUEUED: ":material/hourglass_empty:", jobs.RUNNING: ":material/play_circle:", jobs.DONE: ":material/check_circle:",
    jobs.FAILED: ":material/error:", jobs.CANCELLED: ":material/cancel:", jobs.INTERRUPTED: ":material/power_off:",
    jobs.CANCELLING: ":material/pending:", jobs.DAMAGED: ":material/broken_image:",
}  # fmt: skip
STAGES = {
    "data": "reading the data", "libraries": "starting TensorFlow", "precision": "choosing the precision", "loss network": "training the loss network",
    "target features": "computing target features", "autoencoder": "training the autoencoder", "export": "exporting",
    "embeddings": "computing embeddings", "clusterings": "clustering", "maps": "drawing the maps", "metrics": "scoring",
    "read-out": "training the read-out", "verdicts": "asking classifiers what the drawings show",
}  # fmt: skip


def trainings() -> list[jobs.Job]:
    """The jobs that train, in the order of the queue, and damaged ones, of which nobody can tell."""
    return [job for job in jobs.list_jobs() if job.state == jobs.DAMAGED or isinstance(job.config, RunConfig)]


def finished_since_last_look(active: set[str]) -> bool:
    """True once when a job that was active no longer is: the rest of the page has something new to show."""
    before = st.session_state.get("active_jobs", set())
    st.session_state.active_jobs = active
    return bool(before - active)


def words_of(job: jobs.Job) -> str:
    """What a job trains, as Markdown."""
    if job.state == jobs.DAMAGED:
        return f"**{plain(job.id)}**"
    config = job.config
    part = f" of {config.images:,} images" if config.learns_from_part else ""
    where = queries.set_titles().get(config.dataset, config.dataset)
    return (
        f"**{LOSSES[config.loss].title}** · {plain(where)} · latent size {config.latent} · "
        f"{config.epochs} epoch{'s' if config.epochs > 1 else ''}{part}"
    )


def draw(job: jobs.Job) -> None:
    with st.container(border=True):
        st.markdown(f"{ICONS[job.state]} {words_of(job)} · {job.state}")
        if job.state == jobs.RUNNING:
            progress = job.progress
            words = STAGES.get(job.stage) or plain(job.stage or "starting")
            if progress and progress.stage == job.stage:
                if None not in (progress.images_per_second, progress.epoch, progress.epochs, progress.seconds_left):
                    words += (
                        f": epoch {progress.epoch} of {progress.epochs}, {progress.images_per_second:,.0f} images/s, "
                        f"{seconds_text(progress.seconds_left)} left in this stage"
                    )
                st.progress(min(1.0, progress.done / max(1, progress.total)), text=words)
            else:
                st.caption(f":material/progress_activity: {words[0].upper()}{words[1:]}…")
        if job.message:
            st.error(plain(job.message))
        history = job.history()
        if history and job.state in (jobs.RUNNING, jobs.FAILED, jobs.CANCELLED, jobs.INTERRUPTED):
            title = LOSSES[job.config.loss].title
            live_chart(
                charts.loss_curve({title: history}, colours={title: loss_colour(job.config.loss)}),
                key=f"curve_{job.id}", alt="Loss against epoch",
            )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="center"):
            if job.state in jobs.ACTIVE:
                if not look_only():
                    st.button("Take off the queue" if job.state == jobs.QUEUED else "Cancel this training", icon=":material/stop_circle:", key=f"cancel_{job.id}", on_click=attempt, args=("Cancelling a training", jobs.cancel, job),
                          help="Stops the training. Whole epochs are kept, so it can be resumed.")  # fmt: skip
            else:
                if job.state == jobs.DONE:
                    link_to_run(job)
                elif job.state != jobs.DAMAGED and not look_only():
                    st.button("Resume", icon=":material/resume:", key=f"resume_{job.id}", on_click=attempt, args=("Resuming a training", jobs.resume, job))  # fmt: skip
                if not look_only():
                    st.button("Clear", icon=":material/close:", key=f"clear_{job.id}", on_click=attempt, args=("Clearing a training", jobs.remove, job),
                              help="Takes the entry off this list. A finished run stays.")  # fmt: skip


def link_to_run(job: jobs.Job) -> None:
    """The way to the pages that show what the job has made."""
    run = queries.runs().get(job.config.run_id)
    if run is None:
        st.caption("This run was deleted since.")
    elif st.button("Look at it", icon=":material/visibility:", key=f"open_{job.id}"):
        look_at_run(run)
        st.session_state.open_overview = True
        st.rerun(scope="app")


@st.fragment(run_every=1.0)
@turn()
@errors_told()
def queue() -> None:
    """Draw the queue, anew every second."""
    # What runs first, then what waits in its order, then what has ended, newest first.
    everything = trainings()
    found = [job for state in jobs.ACTIVE[::-1] for job in everything if job.state == state]
    found += [job for job in reversed(everything) if job.state not in jobs.ACTIVE]
    st.header("Queue")
    tell_attempt()
    if not found:
        st.caption("Nothing is queued. What you start appears here, with its progress.")
    for job in found:
        draw(job)
    if finished_since_last_look({job.id for job in found if job.state in jobs.ACTIVE}):
        st.rerun(scope="app")
