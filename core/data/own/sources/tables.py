"""Pictures in Parquet: image files or lists of pixels in a column, or a column for each pixel; labels in another."""

import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.data.levels import as_levels, extremes
from core.data.own.sources.base import Listing, Numbered, Raw, Source, coded, evenly
from core.errors import InvalidInputError

_LABELS = ("label", "labels", "class", "target", "category", "fine_label", "y")
_BATCH = 64
_MAX_GROUP_BYTES = 2_000_000_000
_SPREAD_GROUPS = 8


class Parquet(Source):
    """The rows of one or more Parquet files. A file named `test...` beside one named `train...` is for testing.

    An image column holds image files as bytes, or as Hugging Face's {bytes, path}; else every column of numbers but the
    label's is a pixel, row by row of a square.
    """

    def __init__(self, paths: Sequence[Path], labels: str | None):
        import pyarrow.parquet as pq

        with _told():
            self._files = [pq.ParquetFile(path) for path in paths]
        schema = self._files[0].schema_arrow
        for path, file in zip(paths, self._files, strict=True):
            groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
            if any(group.total_byte_size > _MAX_GROUP_BYTES for group in groups):
                raise InvalidInputError(
                    f"{path} has rows in groups of more than {_MAX_GROUP_BYTES / 1e9:.0f} GB. Write it with smaller row groups."
                )
            if file.schema_arrow.names != schema.names:
                raise InvalidInputError(f"{path} has other columns than {paths[0]}. Expected files of one table.")
        if twice := sorted({name for name in set(schema.names) if schema.names.count(name) > 1}):
            raise InvalidInputError(f"{paths[0]} has several columns called {twice[0]!r}. Expected each name once.")
        self._sizes = [sum(_group_sizes(file)) for file in self._files]
        if not sum(self._sizes):
            raise InvalidInputError(f"{paths[0]} has no rows. Expected one a picture.")
        self._label = _label_column(schema, labels)
        self._image, self._pixels = _picture_columns(schema, self._label)
        test = None
        held_out = [path.name.lower().startswith("test") for path in paths]
        if any(held_out) and not all(held_out):
            test = np.repeat(held_out, self._sizes)
        listing = Listing("Parquet", Numbered(sum(self._sizes)), test=test)
        self.listing = self._with_labels(listing, schema)
        if self._pixels:
            self.extremes = extremes(self._pixel_values())
        self.scale(*self.extremes)

    def scale(self, low: float, high: float) -> None:
        super().scale(low, high)
        if self._pixels:
            note = f"{self.black:g} is taken for black, {self.white:g} for white."
            self.listing = replace(self.listing, notes=(note,))

    def read(self, indices: Sequence[int]) -> Iterator[Raw]:
        """See `Source`."""
        wanted = iter(indices)
        index, start = next(wanted, None), 0
        for file in self._files:
            for group, rows in enumerate(_group_sizes(file)):
                if index is None:
                    return
                if index < start + rows:
                    at = start
                    for batch in self._batches(file, group, rows):
                        picture = self._pixel_rows(batch) if self._pixels else self._image_files(batch)
                        while index is not None and index < at + len(batch):
                            yield picture(index - at)
                            index = next(wanted, None)
                        at += len(batch)
                        if index is None or index >= start + rows:
                            break
                start += rows

    def spread(self, count: int) -> list[int]:
        """See `Source`: the first rows of some groups."""
        starts, start = [], 0
        for file in self._files:
            for rows in _group_sizes(file):
                starts.append((start, rows))
                start += rows
        chosen = [starts[number] for number in evenly(len(starts), _SPREAD_GROUPS)]
        share = -(-count // len(chosen))
        return [start + row for start, rows in chosen for row in range(min(share, rows))][:count]

    def _batches(self, file: Any, group: int, left: int) -> Iterator[Any]:
        columns = self._pixels or [self._image]
        with _told():
            for batch in file.iter_batches(batch_size=_BATCH, row_groups=[group], columns=columns):
                left -= len(batch)
                if left >= 0:
                    yield batch
            if left:
                raise ValueError(
                    f"it has {-left if left < 0 else left:,} rows {'more' if left < 0 else 'fewer'} than it says"
                )

    def _pixel_rows(self, batch: Any) -> Callable[[int], Raw]:
        values = np.stack([column.to_numpy(zero_copy_only=False) for column in batch.columns], axis=1).astype(
            np.float64
        )
        side = math.isqrt(values.shape[1])
        scaled = as_levels(values, self.black, self.white)
        complete: NDArray[np.bool_] = np.atleast_1d(np.isfinite(values).all(axis=1))

        def picture(row: int) -> Raw:
            return (
                scaled[row].reshape(side, side)
                if complete[row]
                else InvalidInputError("It has pixels without a value.")
            )

        return picture

    def _image_files(self, batch: Any) -> Callable[[int], Raw]:
        def picture(row: int) -> Raw:
            value = batch.column(self._image)[row].as_py()
            content = value.get("bytes") if isinstance(value, dict) else value
            return content if isinstance(content, bytes) else InvalidInputError("It has no bytes of an image file.")

        return picture

    def _pixel_values(self) -> Iterator[NDArray[Any]]:
        for file in self._files:
            with _told():
                for batch in file.iter_batches(batch_size=4096, columns=self._pixels):
                    yield from (column.to_numpy(zero_copy_only=False) for column in batch.columns)

    def _with_labels(self, listing: Listing, schema: Any) -> Listing:
        if self._label is None:
            return listing
        values: list[Any] = []
        for file in self._files:
            with _told():
                for batch in file.iter_batches(batch_size=65536, columns=[self._label]):
                    values += batch.column(0).to_pylist()
        if len(values) != len(listing.names):
            raise InvalidInputError(
                f"The Parquet file has {len(values):,} labels for {len(listing.names):,} rows: it is damaged. Write it again."
            )
        names = _class_names(schema, self._label)
        if names and all(value is None or (isinstance(value, int) and -1 <= value < len(names)) for value in values):
            labels = [None if value is None or value < 0 else names[value] for value in values]
        else:
            names, labels = [], [_label_text(value) for value in values]
        class_names, codes = coded(labels, names)
        return replace(listing, class_names=class_names, codes=codes)


def _group_sizes(file: Any) -> list[int]:
    return [max(0, file.metadata.row_group(number).num_rows) for number in range(file.metadata.num_row_groups)]


def _label_text(value: Any) -> str | None:
    if value is None or value != value:  # a number that is none
        return None
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _label_column(schema: Any, labels: str | None) -> str | None:
    if labels == "none":
        return None
    if labels not in (None, "folder"):
        if labels not in schema.names:
            raise InvalidInputError(
                f"Labels were to be in the column {labels!r}. Expected one of: {', '.join(schema.names)}, or `none`."
            )
        return labels
    return next((name for name in _LABELS if name in schema.names), None)


def _picture_columns(schema: Any, label: str | None) -> tuple[str, list[str]]:
    """The column of image files, or those of pixels."""
    import pyarrow.types as types

    def holds_files(field: Any) -> bool:
        if types.is_struct(field.type):
            return "bytes" in [inner.name for inner in field.type]
        return types.is_binary(field.type) or types.is_large_binary(field.type)

    files = [field.name for field in schema if holds_files(field)]
    if files:
        return next((name for name in ("image", "img", "picture") if name in files), files[0]), []
    pixels = [
        field.name for field in schema
        if field.name != label and (types.is_integer(field.type) or types.is_floating(field.type)) and field.name not in ("id", "index")
    ]  # fmt: skip
    if len(pixels) < 16 or math.isqrt(len(pixels)) ** 2 != len(pixels):
        raise InvalidInputError(
            f"The table has the columns {', '.join(schema.names[:8])}{'…' if len(schema.names) > 8 else ''}. Expected a column of "
            "image files as bytes (or {bytes, path}, as Hugging Face writes), or a column of numbers for each pixel of a square."
        )
    return "", pixels


def _class_names(schema: Any, label: str) -> list[str]:
    """Names of the classes as Hugging Face writes them into a table, or none."""
    try:
        told = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        names = told["info"]["features"][label]["names"]
        return [str(name) for name in names] if isinstance(names, list) else []
    except (ValueError, KeyError, TypeError, RecursionError):
        return []


@contextmanager
def _told() -> Iterator[None]:
    import pyarrow

    try:
        yield
    except (pyarrow.ArrowException, OSError, ValueError, MemoryError) as error:
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError(
            f"The Parquet file cannot be read: {(str(error).splitlines() or [''])[0].rstrip('.')}. It is damaged or of another kind: "
            "write it again."
        ) from error
