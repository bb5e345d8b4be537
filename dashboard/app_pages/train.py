"""Train: any combination not yet trained, with an estimate; beside it the queue."""

import streamlit as st

from core.access import look_only, require_changes_allowed
from core.data import dataset_info
from core.errors import LatentLensError
from core.estimates import estimate_seconds, newest_alike
from core.jobs import queue as jobs
from core.settings import ARCHITECTURES, LOSSES, MAX_LATENT, MIN_IMAGES, TAPS, TEACHERS, LossNetworkConfig, RunConfig
from core.tables import estimate_text
from dashboard import queries
from dashboard.missing import LOOK_ONLY
from dashboard.told import plain
from dashboard.training_queue import queue, trainings
from dashboard.view import LATENT_SIZES, Selection, current

if st.session_state.pop("open_overview", False):
    st.switch_page("app_pages/overview.py", query_params={})  # without, it refuses where the link holds choices
selection = current()
st.title("Train")
st.markdown(
    "Trainings run one after the other, in processes of their own. A training goes on when this page, the browser or even the "
    "server is closed, and after an interruption it resumes from its last epoch."
)


def usable_losses(dataset: str) -> list[str]:
    """The losses that this image set can be trained with: without labels none whose teachers all need them."""
    return [loss for loss, one in LOSSES.items() if not one.teacher or usable_teachers(dataset)]


def usable_teachers(dataset: str) -> list[str]:
    labelled = dataset_info(dataset).labelled
    return [name for name, one in TEACHERS.items() if labelled or not one.uses_labels]


def untrained_size(selection: Selection, loss: str) -> int:
    """The latent size chosen in the sidebar, or where its model is there, the next size that has none."""
    sizes = [selection.latent, *(size for size in LATENT_SIZES if size > selection.latent), *LATENT_SIZES]
    known = {(run.config.dataset, run.config.loss, run.config.latent) for run in queries.runs().usable}
    return next((size for size in sizes if (selection.dataset, loss, size) not in known), selection.latent)


def ask(selection: Selection) -> RunConfig:
    """The form. Raises LatentLensError for what cannot be trained together."""
    titles = queries.set_titles()
    first, second = st.columns(2)
    dataset = first.selectbox(
        "Dataset", list(titles), index=list(titles).index(selection.dataset), format_func=titles.__getitem__, key="train_dataset",
    )  # fmt: skip
    info, losses = dataset_info(dataset), usable_losses(dataset)
    liked = [loss for loss in selection.losses if loss in losses]
    loss = second.selectbox(
        "Loss", losses, index=losses.index(liked[-1] if liked else losses[0]), format_func=lambda name: LOSSES[name].title, key="train_loss",
        help=None if info.labelled else "These images have no labels, from which the teachers of the other losses learn.",
    )  # fmt: skip
    latent = first.number_input(
        "Latent size", 1, MAX_LATENT, untrained_size(selection, loss), key="train_latent", help="How many numbers are kept of each picture.",
    )  # fmt: skip
    epochs = second.number_input(
        "Epochs", 1, 1000, info.epochs, key=f"train_epochs_{dataset}", persist_state="session", help="How often every training image is seen.",
    )  # fmt: skip
    with st.expander("More settings", icon=":material/tune:"):
        third, fourth = st.columns(2)
        seed = third.number_input(
            "Seed", 0, 10_000, 0, key="train_seed", persist_state="session", help="The same seed gives the same model. Another one shows how much is chance.",
        )  # fmt: skip
        architecture = fourth.selectbox(
            "Architecture", list(ARCHITECTURES), format_func=lambda name: ARCHITECTURES[name].title, key="train_architecture", persist_state="session",
            help=" ".join(f"**{one.title}**: {one.summary}." for one in ARCHITECTURES.values()),
        )  # fmt: skip
        batch = third.number_input(
            "Batch size", 8, 1024, RunConfig.batch_size, key="train_batch", persist_state="session"
        )
        rate = fourth.number_input(
            "Learning rate",
            1e-5,
            0.1,
            RunConfig.learning_rate,
            format="%.4f",
            step=0.001,
            key="train_rate",
            persist_state="session",
        )
        images = third.number_input(
            "Images to learn from", min(MIN_IMAGES, info.fit_size), info.fit_size, info.fit_size, step=max(1, info.fit_size // 10),
            key=f"train_images_{dataset}", persist_state="session",
            help="Fewer are faster, and worse. Clusters, maps and scores use all images all the same.",
        )  # fmt: skip
        taught = {}
        if LOSSES[loss].teacher:
            tap = third.selectbox(
                "Features compared", list(TAPS), format_func=lambda name: TAPS[name].title, key="train_tap", persist_state="session",
                help=" ".join(f"**{one.title}**: {one.summary}." for one in TAPS.values()),
            )  # fmt: skip
            network_epochs = fourth.number_input(
                "Loss-network epochs",
                1,
                1000,
                info.epochs,
                key=f"train_network_epochs_{dataset}",
                persist_state="session",
            )
            teachers = usable_teachers(dataset)
            teacher = teachers[0]
            if len(teachers) > 1:
                teacher = third.selectbox(
                    "Teacher", teachers, format_func=lambda name: TEACHERS[name].title, key="train_teacher",
                    help=" ".join(f"**{TEACHERS[name].title}**: {TEACHERS[name].summary}." for name in teachers),
                )  # fmt: skip
            network = LossNetworkConfig(dataset=dataset, epochs=int(network_epochs), teacher=teacher)
            taught = {"tap": tap, "loss_network": network}
    return RunConfig(
        dataset=dataset, loss=loss, latent=int(latent), epochs=int(epochs), seed=int(seed), architecture=architecture,
        batch_size=int(batch), learning_rate=float(rate), images=int(images), **taught,
    )  # fmt: skip


def offer(config: RunConfig) -> None:
    """How long it takes, and the button that starts it; or that it is there already."""
    known = queries.runs().get(config.run_id)
    waiting = next(
        (job for job in trainings() if job.state in jobs.ACTIVE and job.config.run_id == config.run_id), None
    )  # fmt: skip
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
        basis = (
            "from an earlier training on this machine"
            if newest_alike(config, own)
            else "for two processor cores; the first such training here makes it exact"
        )
        st.markdown(f":material/schedule: About **{estimate_text(estimate_seconds(config, own))}** ({basis}).")
    if look_only():
        st.info(LOOK_ONLY, icon=":material/visibility:")
    elif st.button(
        "Train", type="primary", icon=":material/model_training:", disabled=bool(known or waiting), key="train_start"
    ):
        require_changes_allowed("Training a model")
        jobs.submit(config)
        st.rerun()


left, right = st.columns([3, 2])
with left, st.container(border=True):
    try:
        offer(ask(selection))
    except LatentLensError as error:  # the queue is shown all the same
        st.error(plain(error), icon=":material/error:")
with right:
    queue()
