"""What the pages say of runs: titles by what differs, scores as columns, everything that is known of one."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core import scores
from core.errors import LatentLensError
from core.keep.run import Run
from core.settings import ARCHITECTURES, DEFAULT_CLUSTERS, LOSSES, RunConfig
from core.stages import kept
from core.tables import percent

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
        said = [name for name in differing if name == "latent" or one.get(name) not in (None, its_usual.get(name))]
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


@dataclass(frozen=True)
class Score:
    """How a score of `Run.metrics` is said. `form`: of its number, in which shares are percentages."""

    title: str
    help: str
    form: str

    @property
    def share(self) -> bool:
        return self.form.endswith("%%")

    def text(self, value: float | None) -> str:
        return "–" if value is None else self.form % self.number(value)

    def number(self, value: float) -> float:
        """The number as it is shown."""
        return 100 * value if self.share else value


_KEPT = f"Unseen test images, {DEFAULT_CLUSTERS} clusters, unit-length scaling."
# By where it is in `Run.metrics`.
SCORES = {
    ("clustering", "accuracy"): Score("Right class", _KEPT, "%.1f %%"),
    ("clustering", "nmi"): Score("NMI", f"Normalised mutual information of clusters and classes. {_KEPT}", "%.3f"),
    ("clustering", "silhouette"): Score(
        "Silhouette", f"How far clusters lie apart: 1 is far, 0 is not at all. {_KEPT}", "%.3f"
    ),
    ("knn_accuracy",): Score(
        "k-NN",
        "Share of unseen test images whose class most of their five nearest neighbours among the embeddings of training "
        "images have: what the numbers tell apart without any clustering.",
        "%.1f %%",
    ),
    ("reconstruction_mse",): Score(
        "Pixel error",
        "Mean squared error per pixel (pixels from 0 to 1) of the redrawn test images. Lower is better.",
        "%.4f",
    ),
    ("reconstruction_ssim",): Score("SSIM", "Structural similarity of redrawn test images: 1 is the same.", "%.3f"),
    ("stability",): Score(
        "Stability",
        "How far clusterings with other seeds agree: 1 is always the same, 0 is chance. Needs no labels.",
        "%.3f",
    ),
}
_NOT_IN_TABLE = ("linear_probe_accuracy",)  # hardly differs from k-NN; told where runs are compared


def score_columns(runs: Sequence[Run]) -> dict[str, tuple[Score, list[float | None]]]:
    """The scores of runs as columns of a table, by name: those of `SCORES`, then others that the runs have, such as one that was
    added. A column that would be empty, as accuracy without labels, is left out.
    """
    found: dict[tuple[str, ...], Score] = dict(SCORES)
    for name, value in (pair for run in runs for pair in run.metrics.items()):
        if isinstance(value, float | int) and (name,) not in found and name not in _NOT_IN_TABLE:
            found[(name,)] = Score(_score_titles().get(name, _spaced(name)), "On unseen test images.", "%.3f")
    if all(run.score("clustering", "accuracy") is not None for run in runs):
        del found[("clustering", "silhouette")]  # which says less than classes do
    columns = {}
    for path, score in found.items():
        values = [run.score(*path) for run in runs]
        if any(value is not None for value in values):
            columns[" ".join(path)] = (score, [None if value is None else score.number(value) for value in values])
    return columns


def _score_titles() -> dict[str, str]:
    return {one.key: one.title for one in scores.SCORES}


# How settings and scores are called where runs are compared; others by their name.
_TITLES = {
    "images": "Images learnt from", "latent": "Latent size", "mse": "MSE", "reconstruction_mse": "Pixel error (MSE)",
    "reconstruction_ssim": "SSIM", "knn_accuracy": "k-NN", "clusters: accuracy": "Clusters: right class",
    "tap": "Features compared", "clusters: nmi": "Clusters: NMI", "clusters: ami": "Clusters: AMI",
    "clusters: ari": "Clusters: ARI", "clusters: clusters": "Clusters: number",
}  # fmt: skip
_SHARES = ("accuracy", "purity", "hungarian")


def facts(run: Run) -> dict[str, object]:
    """Everything that is known of a run, by its title: settings, scores (shares as percentages), durations, libraries."""
    config = run.config.to_json() | {"loss": LOSSES[run.config.loss].title}
    network = config.pop("loss_network", None) or {}
    plain_scores = {name: value for name, value in run.metrics.items() if not isinstance(value, Mapping)}
    gentler = run.history[-1].get("gentler", 0)
    clusters = run.metrics.get("clustering")
    if isinstance(clusters, Mapping):
        plain_scores |= {f"clusters: {name}": value for name, value in clusters.items()}
    return {
        "Run id": run.id,
        **{_title(name): value for name, value in config.items()},
        **{f"Loss network: {_title(name)}": value for name, value in network.items() if name != "dataset"},
        **{
            _title(name): percent(value) if name.endswith(_SHARES) and isinstance(value, float) else value
            for name, value in plain_scores.items()
        },
        **_of_readout(run),
        **({"Begun again more gently": f"{gentler} times" if gentler > 1 else "once"} if gentler else {}),
        **{f"Minutes: {name}": round(value / 60, 2) for name, value in run.summary["timings"].items()},
        "Precision": run.summary["precision"],
        **{f"Library: {name}": value for name, value in run.summary["libraries"].items()},
    }


def _of_readout(run: Run) -> dict[str, object]:
    """How near pictures come that are read back from the run's numbers, where that is computed."""
    found = kept(run, "readout")
    titles = {"mse": "Read-out: pixel error (MSE)", "ssim": "Read-out: SSIM", "epochs": "Read-out: epochs"}
    return {title: found.values[name] for name, title in titles.items()} if found else {}


def _title(name: str) -> str:
    return _TITLES.get(name) or _spaced(name)


def _spaced(name: str) -> str:
    return name.replace("_", " ").capitalize()
