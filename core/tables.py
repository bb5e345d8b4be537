"""Plain-text tables and figures for the command line and the README."""

from collections.abc import Mapping, Sequence


def format_table(rows: Sequence[Mapping[str, object]], *, markdown: bool = False) -> str:
    """Rows of equal keys as aligned columns, or as a Markdown table. Numbers are right-aligned."""
    if not rows:
        return ""
    columns = list(dict.fromkeys(key for row in rows for key in row))
    cells = [[_cell(row.get(column)) for column in columns] for row in rows]
    if markdown:
        lines = [columns, ["---"] * len(columns), *cells]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)
    widths = [max(len(column), *(len(line[i]) for line in cells)) for i, column in enumerate(columns)]
    right = [all(_is_number(line[i]) for line in cells) for i in range(len(columns))]

    def align(line: Sequence[str]) -> str:
        parts = [
            text.rjust(width) if flush else text.ljust(width)
            for text, width, flush in zip(line, widths, right, strict=True)
        ]
        return "  ".join(parts).rstrip()

    return "\n".join([align(columns), align(["-" * width for width in widths]), *(align(line) for line in cells)])


def percent(share: float, digits: int = 1) -> str:
    """0.8512 as `85.1 %`."""
    return f"{100 * share:.{digits}f} %"


def seconds_text(seconds: float) -> str:
    """A duration a person reads at a glance: `45 s`, `3 min 20 s`, `1 h 05 min`."""
    seconds = max(0, round(seconds))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60:02d} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60:02d} min"


def estimate_text(seconds: float) -> str:
    """An expected duration in no more digits than can be known: `10 s`, `4 min 30 s`, `1 h 05 min`."""
    step = 5 if seconds < 60 else 30 if seconds < 3600 else 300
    return seconds_text(max(step, step * round(seconds / step))).replace(" 00 s", "").replace(" 00 min", "")


def _cell(value: object) -> str:
    return "" if value is None else str(value)


def _is_number(text: str) -> bool:
    try:
        float(text.replace("%", "").replace(" ", "") or "0")
    except ValueError:
        return False
    return True
