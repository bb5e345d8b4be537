"""Add pictures: choose pictures of one's own, see what becomes of them, add them as a set; the sets there are."""

from collections.abc import Callable

import streamlit as st

from core.access import look_only, require_changes_allowed
from core.data import image_sets
from core.data.own import Adding
from core.jobs import queue as jobs
from dashboard import picture_choice, picture_preview, picture_sets, queries
from dashboard.told import attempt, errors_told, plain, tell_attempt
from dashboard.turns import turn

STAGES = {"pictures": "Reading the pictures", "storing": "Storing the set"}


def choose() -> None:
    """Choices at the left, what becomes of the pictures at the right, and the button that adds them."""
    chosen = picture_choice.source()
    if chosen is None:
        return
    left, right = st.columns([2, 3], gap="large")
    with left:
        adding = picture_choice.options(chosen)
    with right:
        preview = picture_preview.found(adding)
        picture_preview.show(preview)
        taken = adding.name.casefold() in map(str.casefold, queries.set_titles().values())
        if taken:
            st.warning(f"There is a set **{plain(adding.name)}** already. Choose another name.", icon=":material/edit:")
        elif not adding.name:
            st.warning("Give the set a name.", icon=":material/edit:")
        if st.button(
            f"Add {preview.train_size + preview.test_size:,} pictures", type="primary", icon=":material/add_photo_alternate:", key="pictures_add",
            disabled=taken or not adding.name,
        ):  # fmt: skip
            require_changes_allowed("Adding pictures")
            mine().append(jobs.submit(adding).id)
            picture_choice.hand_over()
            st.rerun()
        picture_preview.details(preview)


def mine() -> list[str]:
    """The ids of the jobs that this visitor has begun."""
    return st.session_state.setdefault("pictures_jobs", [])


@st.fragment(run_every=1.0)
@turn()
@errors_told()
def underway() -> None:
    """Pictures that are being added, by whomever, and what became of those that this visitor added."""
    tell_attempt()
    found = [job for job in jobs.list_jobs() if job.state != jobs.DAMAGED and isinstance(job.config, Adding)]
    active = {job.id for job in found if job.state in jobs.ACTIVE}
    for job in found:
        if job.id in active or job.id in mine():
            with st.container(border=True):
                draw(job)
    before = st.session_state.get("pictures_active", set())
    st.session_state.pictures_active = active
    if before - active:  # the rest of the page has something new to show
        st.rerun(scope="app")


def draw(job: jobs.Job) -> None:
    """How far a job is, or what became of it, and what can be done about it."""
    name = plain(job.config.name)
    if job.state in jobs.ACTIVE:
        st.markdown(f"Adding **{name}**")
        st.progress(*progress(job))
        actions(job, {"Cancel": (":material/stop_circle:", jobs.cancel)})
    elif job.state != jobs.DONE:
        st.error(f"**{name}** was not added: {plain(job.message or 'it was cancelled.')}", icon=":material/error:")
        actions(job, {"Try again": (":material/resume:", anew), "Clear": (":material/close:", jobs.remove)})
    elif (added := image_sets().get(job.made)) is None:
        st.info(f"**{name}** was added, and removed since.", icon=":material/info:")
        actions(job, {"Clear": (":material/close:", jobs.remove)})
    else:
        words = f"**{plain(added.title)}** is there: {added.train_size + added.test_size:,} pictures."
        added_as, skipped = picture_sets.how_added(added.name)
        if added_as != job.config.name:
            words = f"The very same pictures are there already, as **{plain(added.title)}**."
        st.success(words, icon=":material/check_circle:")
        with st.container(horizontal=True):
            picture_sets.next_steps(added.name, key="_added", primary=True)
            actions(job, {"Clear": (":material/close:", jobs.remove)})
        picture_preview.left_out(skipped)


def progress(job: jobs.Job) -> tuple[float, str]:
    """How far a job is, as a share and in words."""
    told = job.progress
    if told is None or told.stage != job.stage or not told.total:
        return 0.0, "Waiting for others" if job.state == jobs.QUEUED else f"{STAGES.get(job.stage, 'Starting')}…"
    return min(1.0, told.done / told.total), f"{STAGES.get(told.stage, told.stage)}: {told.done:,} of {told.total:,}"


def actions(job: jobs.Job, offered: dict[str, tuple[str, Callable[[jobs.Job], object]]]) -> None:
    """Buttons for those who may change something: by label, an icon and what is done."""
    if look_only():
        return
    with st.container(horizontal=True):
        for label, (icon, action) in offered.items():
            st.button(label, icon=icon, key=f"{label.lower().replace(' ', '_')}_{job.id}", on_click=attempt, args=("Adding pictures", action, job))  # fmt: skip


def anew(job: jobs.Job) -> None:
    mine().append(jobs.resume(job).id)


picture_sets.take_next_step()
st.title("Add pictures")
st.markdown(
    "Compare losses on **pictures of your own**: photos, drawings, icons, letters. Choose 150 or more, see what becomes of "
    "them, and add them as a set that every page can use. They stay on this server."
)
underway()
if look_only():
    st.info(
        "This server is for looking only: its owner adds pictures with `python -m core data add NAME PATH`.",
        icon=":material/visibility:",
    )
else:
    with errors_told():
        choose()
picture_sets.section()
