"""What the pages say: sentences and numbers, as plain functions. Where they are Markdown, names that people gave are escaped."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from core.errors import LatentLensError
from core.keep.run import Run
from core.settings import ARCHITECTURES, LOSSES, RunConfig

# How settings are said in a run's title; others by their name and value.
_SETTINGS = {
    "latent": "latent size {}", "epochs": "{} epochs", "images": "{:,} images", "learning_rate": "learning rate {:g}",
    "batch_size": "batches of {}", "tap": "features {}", "loss_network.epochs": "loss network of {} epochs",
    "loss_network.images": "loss network of {:,} images", "loss_network.architecture": "loss network {}",
}  # fmt: skip
_TOLD_ALREADY = ("loss", "dataset")  # by the title's first word and by the page


def run_titles(runs: Sequence[Run], unsaid: Sequence[str] = ()) -> list[str]:
    """A title for each: its loss and those of its settings in which they differ, but for the usual ones; of one run those in
    which it differs from the usual. `unsaid` settings are left out.
    """
    settings = [_flat(run.config.to_json()) for run in runs]
    usual = [_usual(run.config) for run in runs]
    among = settings if len(runs) > 1 else settings + usual
    differing = [
        name
        for name in dict.fromkeys(key for one in among for key in one)
        if name not in unsaid and _differs(name, among)
    ]
    titles = []
    for one, its_usual in zip(settings, usual, strict=True):
        # No latent size is more usual than another: where they differ all are said.
        said = [
            name
            for name in differing
            if one.get(name) is not None and (name == "latent" or one[name] != its_usual.get(name))
        ]
        titles.append(", ".join([LOSSES[one["loss"]].title, *(_setting(name, one[name]) for name in said)]))
    twice = {title for title, count in Counter(titles).items() if count > 1}
    return [f"{title} ({run.id[-4:]})" if title in twice else title for title, run in zip(titles, runs, strict=True)]


def _flat(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Settings by name, those of a teacher as `loss_network.epochs`."""
    flat: dict[str, Any] = {}
    for name, value in settings.items():
        flat |= _flat(value, f"{prefix}{name}.") if isinstance(value, Mapping) else {f"{prefix}{name}": value}
    return flat


def _usual(config: RunConfig) -> dict[str, Any]:
    """The usual settings of this image set, loss and latent size."""
    try:
        return _flat(RunConfig(dataset=config.dataset, loss=config.loss, latent=config.latent).to_json())
    except LatentLensError:  # this loss has no usual teacher for this image set
        return {"latent": config.latent}


def _differs(name: str, among: Sequence[Mapping[str, Any]]) -> bool:
    return name.rpartition(".")[2] not in _TOLD_ALREADY and len({str(one.get(name)) for one in among}) > 1


def _setting(name: str, value: object) -> str:
    if name == "architecture":
        return f"architecture {ARCHITECTURES[str(value)].title}"
    return _SETTINGS.get(name, name.replace(".", " ").replace("_", " ") + " {}").format(value)


def pixels(shape: tuple[int, int, int]) -> str:
    """How much a picture of this shape (h, w, c) holds: `784 pixels`, `4,096 pixels in 3 colours`."""
    height, width, channels = shape
    return f"{height * width:,} pixels" + (f" in {channels} colours" if channels > 1 else "")
