"""One row of the table of speeds."""


def row(what: str, figure: float, unit: str, *, reference: str = "", reference_figure: float | None = None,
        ratio: float | None = None, target: str = "", size: int | None = None, group: str = "") -> dict:  # fmt: skip
    """A measured figure, what was measured beside it, and their ratio (above 1: ours is better).

    Rows with a `size` and a `group` are drawn in the report's chart of cost against size.
    """
    return {
        "what": what,
        "figure": _digits(figure),
        "unit": unit,
        "reference": reference,
        "its figure": "" if reference_figure is None else _digits(reference_figure),
        "ratio": "" if ratio is None else f"{ratio:.1f}x",
        "target": target,
        **({"size": size, "group": group} if size else {}),
    }


def _digits(value: float) -> float:
    return float(f"{value:.3g}") if abs(value) < 1000 else round(value)
