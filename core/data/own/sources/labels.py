"""Labels of pictures from a table of file names and labels."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from core.data.picture_files import still_suffixes
from core.errors import FileDamagedError, InvalidInputError
from core.keep.reading import read_bytes

_MAX_BYTES = 200_000_000
_MOST_PARTS = 4  # of a path, by which a picture is found
_DELIMITERS = (",", ";", "\t")
_NAMES = ("file", "filename", "file_name", "image", "image_name", "path", "name", "id", "image_id")
_LABELS = ("label", "class", "class_name", "category", "target", "labels", "species", "breed")


class Table:
    """Labels by file name. A picture is found by its path, else by as much of its end as a row has: the last folders and the name,
    the name, the name without its suffix. Where rows with that end say different things, none is taken.

    Raises InvalidInputError for a path with two labels.
    """

    def __init__(self, rows: list[tuple[str, str]]):
        self.first = rows[0][0]
        self._labels: dict[str, str] = {}
        self._ends: dict[str, str] = {}
        for name, label in rows:
            path = PurePosixPath(name.replace("\\", "/"))
            if (known := self._labels.setdefault(str(path), label)) != label:
                raise InvalidInputError(
                    f"The labels name {name!r} twice, as {known!r} and as {label!r}. Expected one label a picture."
                )
            for end in _ends(path):
                if self._ends.setdefault(end, label) != label:
                    self._ends[end] = ""
        self.size = len(self._labels)

    def label(self, name: str) -> str | None:
        """The label of a picture of that path, or None."""
        path = PurePosixPath(name)
        if (found := self._labels.get(str(path))) is None:
            found = next((self._ends[end] for end in _ends(path) if end in self._ends), None)
        return found or None


def _ends(path: PurePosixPath) -> list[str]:
    """The longest first: `a/b/c.png`, `b/c.png`, `c.png`, `c`."""
    parts = path.parts[-_MOST_PARTS:]
    stem = [path.stem] if path.suffix.lower() in still_suffixes() else []
    return ["/".join(parts[start:]) for start in range(len(parts))] + stem


def read_table(path: Path, names: Sequence[str]) -> Table:
    """A CSV of file names and labels, with a line of titles or without, divided by commas, semicolons or tabs: by that with which
    it names most of the pictures, whose paths `names` are.

    Raises InvalidInputError.
    """
    try:
        text = read_bytes(path, limit=_MAX_BYTES).decode("utf-8-sig")
    except (FileDamagedError, UnicodeDecodeError) as error:
        raise InvalidInputError(
            f"The labels cannot be read: {str(error).rstrip('.')}. Expected `folder`, `none`, or a CSV in UTF-8 with a file "
            "name and a label a line."
        ) from error
    head = next(iter(text.splitlines()), "")
    tables: list[Table] = []
    refused: list[InvalidInputError] = []
    for delimiter in sorted(filter(head.count, _DELIMITERS), key=head.count, reverse=True) or [","]:
        try:
            tables.append(_parse(text, delimiter, path))
        except InvalidInputError as error:
            refused.append(error)
    named = [sum(table.label(name) is not None for name in names) for table in tables]
    if refused and not any(named):
        raise refused[0]  # what the likeliest way to read it came to
    return tables[named.index(max(named))]


def _parse(text: str, delimiter: str, path: Path) -> Table:
    try:
        lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        rows = [row for row in lines if any(cell.strip() for cell in row)]
    except csv.Error as error:
        raise InvalidInputError(f"{path} is no CSV: {error}. Expected a file name and a label a line.") from error
    if (short := next((row for row in rows or [[]] if len(row) < 2), None)) is not None:
        raise InvalidInputError(f"{path} has a line {str(short)[:200]}. Expected a file name and a label a line.")
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
