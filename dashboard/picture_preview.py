"""The part of *Add pictures* that shows what would become of the chosen pictures."""

import json
import sys
import threading
from dataclasses import replace

import pandas as pd
import streamlit as st

from core.data.own import Adding, Preview, Skipped
from core.errors import InvalidInputError
from dashboard import preview_process
from dashboard.components.gallery import picture_wall
from dashboard.processes import Task, output
from dashboard.told import plain

LONGEST_SECONDS = 120
_FEW_CLASSES = 12  # that are listed in a line
_places = threading.Semaphore(2)


def found(adding: Adding) -> Preview:
    """The preview of these choices, kept until they change. Raises as `look`."""
    wanted = replace(adding, name="")
    kept = st.session_state.get("pictures_found")
    if kept is None or kept[0] != wanted:
        kept = st.session_state.pictures_found = (wanted, look(wanted))
    return kept[1]


def look(adding: Adding) -> Preview:
    """What would become of the pictures, looked at in a process of its own: what it unpacks comes from anywhere and costs memory.

    Raises InvalidInputError, with the reason, where nothing can be added or no preview was made.
    """
    task = Task(
        (sys.executable, "-m", preview_process.__name__), "looks at the pictures", "Looking at the pictures…", _places, LONGEST_SECONDS,
        f"Expected fewer or smaller files than those of {adding.source}: try a part of them.", json.dumps(adding.to_json()).encode(),
        InvalidInputError,
    )  # fmt: skip
    return preview_process.unpack(output(task))


def show(preview: Preview) -> None:
    """What there is, and up to twelve pictures as they will be seen."""
    st.markdown(f"**{headline(preview)}**  \n{originals(preview)}")
    picture_wall(preview.samples, preview.sample_labels, size=72)
    st.markdown(f"As a model sees them: **{as_seen(preview)}**. {split(preview)}")
    if preview.notes:
        st.info("  \n".join(map(plain, preview.notes)), icon=":material/info:")


def details(preview: Preview) -> None:
    """The classes, and what is left out."""
    classes(preview.class_counts)
    left_out(preview.skipped)
    if not preview.exact:
        st.caption(
            f"{preview.looked_at:,} of them were opened for this preview. All are opened when they are added; more may then turn "
            "out to be damaged or there twice."
        )


def headline(preview: Preview) -> str:
    count = len(preview.class_counts)
    words = f"{preview.found:,} picture{'s' * (preview.found != 1)}"
    return f"{words} in {count:,} class{'es' * (count != 1)}" if count else f"{words} without labels"


def originals(preview: Preview) -> str:
    """What the pictures are before anything is done to them."""
    smallest, largest = ("×".join(map(str, size)) for size in (preview.smallest, preview.largest))
    sizes = f"all of {smallest} pixels" if smallest == largest else f"from {smallest} to {largest} pixels"
    kinds = sorted(preview.kinds, key=preview.kinds.get, reverse=True)
    more = f"; {len(kinds) - 2} other kinds" if len(kinds) > 3 else ""
    return plain(f"{sizes[0].upper()}{sizes[1:]}. {'; '.join(kinds[: 2 if more else 3])}{more}.")


def as_seen(preview: Preview) -> str:
    height, width, channels = preview.shape
    return f"{width}×{height} pixels, {'in colour' if channels == 3 else 'grey'}"


def split(preview: Preview) -> str:
    """How the pictures are parted, in a sentence."""
    return (
        f"{preview.train_size:,} for training, of them {preview.validation_size:,} kept back to judge settings by; "
        f"{preview.test_size:,} for testing."
    )


def classes(counts: dict[str, int]) -> None:
    """Classes with their counts: few in a line, many as a table that can be searched and sorted."""
    if len(counts) > _FEW_CLASSES:
        table = pd.DataFrame({"Class": list(counts), "Pictures": list(counts.values())})
        st.dataframe(table, hide_index=True, height=220, alt="Pictures of each class")
    elif counts:
        st.markdown(" · ".join(f"{plain(name)} **{count:,}**" for name, count in counts.items()))


def left_out(skipped: tuple[Skipped, ...]) -> None:
    """What is not added, and why; the names of the first few on demand."""
    if not skipped:
        return
    total = sum(one.count for one in skipped)
    with st.expander(f"{total:,} left out", icon=":material/filter_alt_off:"):
        for one in skipped:
            names = "".join(f"  \n{plain(name)}" for name in one.first)
            more = f"  \nand {one.count - len(one.first):,} more" if one.first and one.count > len(one.first) else ""
            st.markdown(f"**{one.count:,} {plain(one.reason)}**{names}{more}")
