"""Labels of pictures from a table of file names and labels."""

import csv
import io
from pathlib import Path, PurePosixPath

from core.errors import FileDamagedError, InvalidInputError
from core.keep.reading import read_bytes

_MAX_BYTES = 200_000_000
_NAMES = ("file", "filename", "file_name", "image", "image_name", "path", "name", "id", "image_id")
_LABELS = ("label", "class", "class_name", "category", "target", "labels", "species", "breed")


class Table:
    """Labels by file name. A picture is found by its path, else by its name, with or without its suffix."""

    def __init__(self, rows: list[tuple[str, str]]):
        self.first, self.size = rows[0][0], len(rows)
        self._labels: dict[str, str] = {}
        for name, label in rows:
            path = PurePosixPath(name.replace("\\", "/"))
            for key in (path.stem, path.name, str(path)):
                self._labels.setdefault(key, label)
        self._labels.update((str(PurePosixPath(name.replace("\\", "/"))), label) for name, label in rows)

    def label(self, name: str) -> str | None:
        """The label of a picture of that path, or None."""
        path = PurePosixPath(name)
        return next((self._labels[key] for key in (str(path), path.name, path.stem) if self._labels.get(key)), None)


def read_table(path: Path) -> Table:
    """A CSV of file names and labels, with a line of titles or without, divided by commas, semicolons or tabs.

    Raises InvalidInputError.
    """
    try:
        text = read_bytes(path, limit=_MAX_BYTES).decode("utf-8-sig")
    except (FileDamagedError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"The labels cannot be read: {str(error).rstrip('.')}. Expected `folder`, `none`, or a CSV in UTF-8 with a file "
            "name and a label a line."
        ) from error
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    try:
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=delimiter) if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise InvalidInputError(f"{path} is no CSV: {error}. Expected a file name and a label a line.") from error
    if not rows or min(len(row) for row in rows) < 2:
        short = next((row for row in rows if len(row) < 2), [])
        raise InvalidInputError(f"{path} has a line {short!r}. Expected a file name and a label a line.")
    titles = [cell.strip().lower() for cell in rows[0]]
    name = next((titles.index(one) for one in _NAMES if one in titles), None)
    label = next((titles.index(one) for one in _LABELS if one in titles), None)
    if label is not None:  # the first line is one of titles
        rows = rows[1:]
        name = (1 if label == 0 else 0) if name is None else name
    elif name is not None:
        rows, label = rows[1:], 1 if name == 0 else 0
    else:
        name, label = 0, 1
    pairs = [(row[name].strip(), row[label].strip()) for row in rows if len(row) > max(name, label)]
    if not pairs:
        raise InvalidInputError(f"{path} names no pictures. Expected a file name and a label a line.")
    return Table(pairs)
