"""One row of the table of speeds."""


def row(what: str, figure: float, unit: str, *, reference: str = "", reference_figure: float | None = None,
        ratio: float | None = None, target: str = "", size: int | None = None, group: str = "", digits: int = 3) -> dict:  # fmt: skip
    """A measured figure, what was measured beside it, and their ratio (above 1: ours is better).

    Figures are rounded to `digits` significant ones; scores near 1 need more of them.
    Rows with a `size` and a `group` are drawn in the report's chart of cost against size.
    """
    return {
        "what": what,
        "figure": _rounded(figure, digits),
        "unit": unit,
        "reference": reference,
        "its figure": "" if reference_figure is None else _rounded(reference_figure, digits),
        "ratio": "" if ratio is None else f"{ratio:.1f}x",
        "target": target,
        **({"size": size, "group": group} if size else {}),
    }


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}") if abs(value) < 1000 else round(value)
