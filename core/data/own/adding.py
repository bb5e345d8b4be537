"""Pictures looked at in a preview, and added as an image set. Originals are unpacked one at a time and never kept."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.data.framing import to_grey
from core.data.own import library, stored
from core.data.own.choices import Adding
from core.data.own.outcome import Added, Preview, Skipped
from core.data.own.plan import Plan, make_plan
from core.data.own.reading import look, side_of, without_equals
from core.data.own.scratch import ScratchPictures, scratch_folder
from core.data.own.sources import open_source
from core.errors import InvalidInputError
from core.events import OnEvent
from core.keep.disk import refusals_told
from core.keep.files import check_writable
from core.output import printable
from core.paths import pictures_folder

SAMPLES = 12
_ALL_LOOKED_AT, _LOOKED_AT = 1_000, 500
_SPARE_BYTES = 50_000_000


def preview(adding: Adding, *, on_event: OnEvent = lambda event: None) -> Preview:
    """What `add_pictures` would add. All names are counted; of more than 1,000 pictures 500 are unpacked.

    Raises InvalidInputError where nothing can be added, with the reason.
    """
    source = open_source(adding)
    listing, side = source.listing, side_of(adding, source)
    count = len(listing.names)
    indices = list(range(count)) if count <= _ALL_LOOKED_AT else source.spread(_LOOKED_AT)
    pictures: list[NDArray[np.uint8]] = []

    def keep(pixels: NDArray[np.uint8]) -> None:
        pictures.append(pixels.copy())  # it may be a view of a large block

    looked = look(source, indices, side, adding.framing, keep, on_event)
    colour = looked.has_colour if adding.colour is None else adding.colour
    first = without_equals(looked, source, colour)
    usable = [looked.usable[position] for position in first]
    unlabelled = np.flatnonzero(listing.codes < 0) if listing.codes is not None else np.empty(0, np.int64)
    kept = np.setdiff1d(np.arange(count), np.setdiff1d(np.union1d(indices, unlabelled), usable)).astype(np.int64)
    plan = make_plan(adding, listing, kept, looked, side, colour)
    chosen = _samples(plan, np.searchsorted(kept, usable))
    shown = [pictures[first[number]] for number in chosen]
    labels = (
        [] if plan.codes is None else plan.codes[np.searchsorted(kept, [usable[number] for number in chosen])].tolist()
    )
    return Preview(
        kind=listing.kind,
        found=count,
        looked_at=len(indices),
        smallest=looked.sizes[0],
        largest=looked.sizes[-1],
        kinds=dict(looked.kinds.most_common()),
        shape=plan.shape,
        class_counts=plan.class_counts(),
        samples=np.stack([picture if colour else to_grey(picture) for picture in shown]),
        sample_names=tuple(listing.names[usable[number]] for number in chosen),
        sample_labels=tuple(plan.class_names[label] for label in labels),
        skipped=listing.skipped + looked.told(),
        train_size=len(plan.split.train),
        validation_size=plan.split.validation_size,
        test_size=len(plan.split.test),
        epochs=plan.split.epochs,
        notes=(*plan.notes, *_title_note(adding)),
    )


def add_pictures(adding: Adding, *, on_event: OnEvent = lambda event: None) -> Added:
    """Add pictures as an image set of the user's own, under the name of their content. The set appears whole or not at all.

    `on_event` gets one dict per event: `stage` ("pictures", "storing") and `progress`, as from a training. Raising from it
    cancels the adding.

    Raises:
        InvalidInputError: nothing can be added, or another set has that title; says why.
        StorageWriteError: the disk refuses. Too little space is told before anything is read.
    """
    if not adding.name:
        raise InvalidInputError("The set has no name. Expected one, by which people find it.")
    with refusals_told(pictures_folder()):
        source = open_source(adding)
        side = side_of(adding, source)
        channels = 1 if adding.colour is False else 3
        size = len(source.listing.names) * side * side * channels
        check_writable(pictures_folder(), needed_bytes=2 * size + _SPARE_BYTES)
        on_event({"event": "stage", "stage": "pictures"})
        with scratch_folder() as folder, open(folder / "pictures", "w+b") as scratch:

            def keep(pixels: NDArray[np.uint8]) -> None:
                scratch.write((pixels if channels == 3 else to_grey(pixels)).tobytes())

            looked = look(source, range(len(source.listing.names)), side, adding.framing, keep, on_event)
            scratch.flush()
            colour = looked.has_colour if adding.colour is None else adding.colour
            positions = np.array(without_equals(looked, source, colour), np.int64)
            kept = np.array(looked.usable, np.int64)[positions]
            plan = make_plan(adding, source.listing, kept, looked, side, colour)
            on_event({"event": "stage", "stage": "storing"})
            pictures = ScratchPictures(scratch, (side, side, channels), colour, positions)
            return _store(adding, plan, pictures, source.listing.skipped + looked.told())


def _store(adding: Adding, plan: Plan, pictures: ScratchPictures, skipped: tuple[Skipped, ...]) -> Added:
    split = plan.split
    parts = {"train": pictures.part(split.train, plan.codes), "test": pictures.part(split.test, plan.codes)}
    name, checksums = stored.identify(plan.shape, plan.class_names, adding.mirror, split.validation_size, parts)
    with library.one_at_a_time():
        there = library.own_sets().get(name)
        if there is not None:
            note = f"The very same pictures are there already, as {there.info.title!r}: nothing was added."
            return Added(there.info, False, skipped, (*plan.notes, note))
        title = library.check_title_free(adding.name)
        facts = stored.Facts(
            title=title,
            shape=plan.shape,
            class_names=list(plan.class_names),
            mirror=adding.mirror,
            train_size=len(split.train),
            test_size=len(split.test),
            validation_size=split.validation_size,
            epochs=split.epochs,
            fit=adding.fit,
            ground=adding.ground,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            source=printable(Path(adding.source).name),
            skipped=[(one.reason, one.count, list(one.first)) for one in skipped],
        )
        return Added(stored.write(name, facts, parts, checksums).info, True, skipped, plan.notes)


def _samples(plan: Plan, positions: NDArray[np.int64]) -> list[int]:
    """Numbers among the pictures looked at (given by their positions in the plan) of those to show: of as many classes as can be."""
    numbers = np.arange(len(positions))
    if plan.codes is not None:
        codes = plan.codes[positions]
        turn = np.empty(len(codes), np.int64)  # a picture's place among those of its class
        for code in np.unique(codes):
            turn[codes == code] = np.arange((codes == code).sum())
        numbers = np.lexsort((numbers, turn))
        return sorted(numbers[:SAMPLES].tolist(), key=lambda number: (codes[number], number))
    return numbers[np.linspace(0, len(numbers) - 1, min(SAMPLES, len(numbers))).astype(int)].tolist()


def _title_note(adding: Adding) -> list[str]:
    try:
        if adding.name:
            library.check_title_free(adding.name)
    except InvalidInputError as error:
        return [str(error)]
    return []
