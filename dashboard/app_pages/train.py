"""Train: any combination not yet trained, with an estimate; the queue, live; cancel and resume."""

from collections.abc import Callable

import streamlit as st

from core.access import look_only, require_changes_allowed
from core.data.imagesets import DATASETS
from core.errors import LatentLensError
from core.estimates import estimate_seconds, newest_alike
from core.jobs import queue as jobs
from core.settings import ARCHITECTURES, LOSSES, MAX_LATENT, MIN_IMAGES, TAPS, LossNetworkConfig, RunConfig
from core.tables import estimate_text, seconds_text
from dashboard import charts, queries
from dashboard.components.live_chart import live_chart
from dashboard.missing import LOOK_ONLY
from dashboard.palette import loss_colour
from dashboard.told import errors_told, plain
from dashboard.turns import turn
from dashboard.view import LATENT_SIZES, current, look_at_run

ICONS = {
    jobs.QUEUED: ":material/hourglass_empty:", jobs.RUNNING: ":material/play_circle:", jobs.DONE: ":material/check_circle:",
    jobs.FAILED: ":material/error:", jobs.CANCELLED: ":material/cancel:", jobs.INTERRUPTED: ":material/power_off:",
    jobs.CANCELLING: ":material/pending:", jobs.DAMAGED: ":material/broken_image:",
}  # fmt: skip
STAGES = {
    "data": "reading the data", "libraries": "starting TensorFlow", "precision": "choosing the precision", "loss network": "training the loss network",
    "target features": "computing target features", "autoencoder": "training the autoencoder", "export": "exporting",
    "embeddings": "computing embeddings", "clusterings": "clustering", "maps": "drawing the maps", "metrics": "scoring",
}  # fmt: skip

if st.session_state.pop("open_overview", False):
    st.switch_page("app_pages/overview.py", query_params={})  # without, it refuses where the link holds choices
selection = current()
st.title("Train")
st.markdown(
    "A training runs in a process of its own, one after the other. It goes on when this page, the browser or even the "
    "server is closed, and after an interruption it resumes from its last epoch."
)


def trainings() -> list[jobs.Job]:
    """The jobs that train, in the order of the queue, and damaged ones, of which nobody can tell."""
    return [job for job in jobs.list_jobs() if job.state == jobs.DAMAGED or isinstance(job.config, RunConfig)]


def untrained_size() -> int:
    """The latent size chosen in the sidebar, or where all its models are there, the next size that has one missing."""
    sizes = [selection.latent, *(size for size in LATENT_SIZES if size > selection.latent), *LATENT_SIZES]
    known = {(run.config.dataset, run.config.loss, run.config.latent) for run in queries.runs().usable}
    return next(
        (size for size in sizes if (selection.dataset, selection.losses[-1], size) not in known), selection.latent
    )


left, right = st.columns([3, 2])
with left, st.container(border=True):
    first, second = st.columns(2)
    dataset = first.selectbox(
        "Dataset",
        list(DATASETS),
        index=list(DATASETS).index(selection.dataset),
        format_func=lambda name: DATASETS[name].title,
        key="train_dataset",
    )
    loss = second.selectbox(
        "Loss",
        list(LOSSES),
        index=list(LOSSES).index(selection.losses[-1]),
        format_func=lambda name: LOSSES[name].title,
        key="train_loss",
    )
    latent = first.number_input(
        "Latent size",
        1,
        MAX_LATENT,
        untrained_size(),
        key="train_latent",
        help="How many numbers are kept of each picture.",
    )
    epochs = second.number_input(
        "Epochs",
        1,
        200,
        DATASETS[dataset].epochs,
        key=f"train_epochs_{dataset}",
        help="How often every training image is seen.",
    )
    with st.expander("More settings", icon=":material/tune:"):
        third, fourth = st.columns(2)
        seed = third.number_input(
            "Seed",
            0,
            10_000,
            0,
            key="train_seed",
            help="The same seed gives the same model. Another one shows how much is chance.",
        )
        architecture = fourth.selectbox(
            "Architecture", list(ARCHITECTURES), format_func=lambda name: ARCHITECTURES[name].title, key="train_architecture",
            help=" ".join(f"**{one.title}**: {one.summary}." for one in ARCHITECTURES.values()),
        )  # fmt: skip
        batch = third.number_input("Batch size", 8, 1024, RunConfig.batch_size, key="train_batch")
        rate = fourth.number_input(
            "Learning rate", 1e-5, 0.1, RunConfig.learning_rate, format="%.4f", step=0.001, key="train_rate"
        )
        images = third.number_input(
            "Images to learn from", MIN_IMAGES, DATASETS[dataset].fit_size, DATASETS[dataset].fit_size, step=DATASETS[dataset].fit_size // 10,
            key=f"train_images_{dataset}",
            help="Fewer are faster, and worse. Clusters, maps and scores use all images all the same.",
        )  # fmt: skip
        tap, network_epochs = None, DATASETS[dataset].epochs
        if loss == "perceptual":
            tap = third.selectbox(
                "Features compared", list(TAPS), format_func=lambda name: TAPS[name].title, key="train_tap",
                help=" ".join(f"**{one.title}**: {one.summary}." for one in TAPS.values()),
            )  # fmt: skip
            network_epochs = fourth.number_input(
                "Loss-network epochs", 1, 200, DATASETS[dataset].epochs, key=f"train_network_epochs_{dataset}"
            )
    try:
        config = RunConfig(
            dataset=dataset, loss=loss, latent=int(latent), epochs=int(epochs), seed=int(seed), architecture=architecture,
            batch_size=int(batch), learning_rate=float(rate), tap=tap, images=int(images),
            loss_network=LossNetworkConfig(dataset=dataset, epochs=int(network_epochs)) if loss == "perceptual" else None,
        )  # fmt: skip
    except LatentLensError as error:
        st.error(plain(error))
        st.stop()
    known = next((run for run in queries.runs().usable if run.id == config.run_id), None)
    waiting = next(
        (job for job in trainings() if job.state in jobs.ACTIVE and job.config.run_id == config.run_id), None
    )
    if known:
        st.success(
            "A model with exactly these settings is there already: nothing to train. Change a setting to train another.",
            icon=":material/check:",
        )
    elif waiting:
        # Without its state, which only the queue's own reruns keep up with.
        st.info("This run is in the queue already: follow it there.", icon=":material/hourglass_empty:")
    else:
        own = [run for run in queries.runs().usable if not run.bundled]
        seconds = estimate_seconds(config, own)
        basis = (
            "from an earlier training on this machine"
            if newest_alike(config, own)
            else "for two processor cores; the first such training here makes it exact"
        )
        st.markdown(f":material/schedule: About **{estimate_text(seconds)}** ({basis}).")
    if look_only():
        st.info(LOOK_ONLY, icon=":material/visibility:")
    elif st.button(
        "Train", type="primary", icon=":material/model_training:", disabled=bool(known or waiting), key="train_start"
    ):
        try:
            require_changes_allowed("Training a model")
            jobs.submit(config)
        except LatentLensError as error:
            st.error(plain(error), icon=":material/error:")
        else:
            st.rerun()


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
    return (
        f"**{LOSSES[config.loss].title}** · {DATASETS[config.dataset].title} · latent size {config.latent} · "
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
                    st.button("Take off the queue" if job.state == jobs.QUEUED else "Cancel this training", icon=":material/stop_circle:", key=f"cancel_{job.id}", on_click=attempt, args=("Cancelling", jobs.cancel, job),
                          help="Stops the training. Whole epochs are kept, so it can be resumed.")  # fmt: skip
            else:
                if job.state == jobs.DONE:
                    link_to_run(job)
                elif job.state != jobs.DAMAGED and not look_only():
                    st.button("Resume", icon=":material/resume:", key=f"resume_{job.id}", on_click=attempt, args=("Resuming", jobs.resume, job))  # fmt: skip
                if not look_only():
                    st.button("Clear", icon=":material/close:", key=f"clear_{job.id}", on_click=attempt, args=("Clearing", jobs.remove, job),
                              help="Takes the entry off this list. A finished run stays.")  # fmt: skip


def link_to_run(job: jobs.Job) -> None:
    """The way to the pages that show what the job has made."""
    run = next((run for run in queries.runs().usable if run.id == job.config.run_id), None)
    if run is None:
        st.caption("This run was deleted since.")
    elif st.button("Look at it", icon=":material/visibility:", key=f"open_{job.id}"):
        look_at_run(run)
        st.session_state.open_overview = True
        st.rerun(scope="app")


def attempt(what: str, action: Callable[[jobs.Job], object], job: jobs.Job) -> None:
    """Do what a button of the queue says; why it could not be done is told above the queue."""
    try:
        require_changes_allowed(f"{what} a training")
        action(job)
    except LatentLensError as error:
        st.session_state.job_error = str(error)


@st.fragment(run_every=1.0)
@turn()
@errors_told()
def queue() -> None:
    # What runs first, then what waits in its order, then what has ended, newest first.
    everything = trainings()
    found = [job for state in jobs.ACTIVE[::-1] for job in everything if job.state == state]
    found += [job for job in reversed(everything) if job.state not in jobs.ACTIVE]
    st.header("Queue")
    if message := st.session_state.pop("job_error", None):
        st.error(plain(message))
    if not found:
        st.caption("Nothing is queued. What you start appears here, with its progress.")
    for job in found:
        draw(job)
    if finished_since_last_look({job.id for job in found if job.state in jobs.ACTIVE}):
        st.rerun(scope="app")


with right:
    queue()
