"""What commands print and ask: results as JSON or text, progress, and whether to delete."""

import json
import sys
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from core.errors import InvalidInputError
from core.tables import seconds_text


def print_result(options: Namespace, data: object, text: str) -> None:
    """`data` as JSON where `--json` was given, else `text`."""
    print(json.dumps(data, indent=1) if options.json else text)


def shown_score(value: float | None, form: Callable[[float], str] = "{:.4f}".format) -> str:
    """A score for people; a dash for one that is not there."""
    return "–" if value is None else form(value)


def confirmed(options: Namespace, question: str) -> bool:
    """Whether `--yes` was given, or the answer to the question is yes. Raises InvalidInputError where nobody can be asked."""
    if options.yes:
        return True
    if sys.stdin is None or not sys.stdin.isatty():
        raise InvalidInputError("Deleting asks first, and there is no terminal. Add --yes to delete.")
    try:
        answer = input(f"{question} [y/N] ")
    except (EOFError, OSError, UnicodeDecodeError):
        answer = ""
    if answer.strip().lower() in ("y", "yes"):
        return True
    print("Nothing was deleted.")
    return False


class Progress:
    """Draw events on the terminal: a bar with images/s and time left; whole lines where there is no terminal."""

    def __init__(self, plain: bool) -> None:
        self.plain = plain

    def __call__(self, event: dict[str, Any]) -> None:
        if event["event"] == "stage":
            self._line(event["stage"])
        elif event["event"] == "resumed":
            self._line(f"  going on after epoch {event['epoch']} of {event['epochs']}")
        elif event["event"] == "gentler":
            self._line(
                f"  the network died: beginning again, more gently, at a learning rate of {event['learning_rate']:g}"
            )
        elif event["event"] == "epoch":
            shown = {
                key: value for key, value in event.items() if key in ("loss", "validation_loss", "validation_accuracy")
            }
            figures = "  ".join(f"{key.replace('_', ' ')} {value:.4f}" for key, value in shown.items())
            self._line(
                f"  epoch {event['epoch']}/{event['epochs']}  {figures}  {event['images_per_second']:.0f} images/s"
            )
        elif event["event"] == "skipped":
            self._line(f"  {event['stage']} left out: {event['message']}")
        elif event["event"] == "progress" and not self.plain:
            share = event["done"] / max(1, event["total"])
            bar = "#" * round(30 * share)
            rate = f"  {event['images_per_second']:.0f} images/s" if "images_per_second" in event else ""
            left = f"  {seconds_text(event['seconds_left'])} left" if "seconds_left" in event else ""
            print(f"\r\033[K  [{bar:<30}] {share:4.0%}{rate}{left}", end="", file=sys.stderr, flush=True)

    def _line(self, text: str) -> None:
        print(text if self.plain else f"\r\033[K{text}", file=sys.stderr, flush=True)
