"""The reports of two runs compared, and of one image under several runs, that `python -m core compare --json` and `image --json`
print. What needs labels is None for images without.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from core.analyse.clusterers import NOISE
from core.analyse.clustering import SPLITS
from core.analyse.compare import Comparison, compare, noise
from core.analyse.disagreement import totals
from core.analyse.neighbours import same_class
from core.analyse.placing import placing
from core.checks import check_name
from core.data import dataset_info, read_labels
from core.errors import InvalidInputError
from core.keep.run import Run
from core.settings import ClusteringConfig
from core.stages import cluster_run, compute_anyway
from core.stages.neighbours import check_image, nearest_images

NEAREST = 10  # of which it is counted how many are of the image's own class


def comparison_report(run_a: Run, run_b: Run, config: ClusteringConfig, split: str = "test") -> dict[str, Any]:
    """What two runs' clusters and latent spaces say of the same images.

    run_a, run_b, split, images, clusterer, clusters_k, scaling: what is compared, and how many images there are.
    named_differently, right_only_a, right_only_b, right_both, right_none: images; None without labels.
    neighbour_overlap: mean Jaccard index of the 15 nearest test images; neighbours_same_class: of the ten nearest test images how
        many are of the own class, mean, for `a` and `b`. Both None for train; the second without labels, too.
    ari, nmi, v_measure: agreement of the clusters; None where no image is in a cluster of both.
    matched: pairs of cluster numbers that fit together one to one, the pair that shares most images first.
    noise: images in no cluster of `a`, of `b`, of `both`; only with a clusterer that leaves some out.
    classes: by class, the largest gain first: images, share_a, share_b (named right), gained, lost; None without labels.

    Raises InvalidInputError for runs of different image sets, UnknownNameError for another split, and as `core.stages.cluster_run`.
    """
    check_name("split", split, SPLITS)
    check_same_images([run_a, run_b])
    info, labels = dataset_info(run_a.config.dataset), read_labels(run_a.config.dataset)
    a, b = (cluster_run(run, config, labels) for run in (run_a, run_b))
    near = [compute_anyway(run, "neighbours").arrays["indices"] for run in (run_a, run_b)] if split == "test" else None
    found = compare(a, b, split, (near[0], near[1]) if near else None)
    return {
        "run_a": run_a.id,
        "run_b": run_b.id,
        "split": split,
        "images": found.images,
        "clusterer": config.method,
        "clusters_k": config.clusters,
        "scaling": config.scaling,
        **_verdicts(found),
        "neighbour_overlap": None if found.overlap is None else float(found.overlap.mean(dtype=np.float64)),
        "neighbours_same_class": _of_own_class(near, labels) if near and labels else None,
        **{name: None if math.isnan(value) else value for name, value in found.agreement.items()},
        "matched": [list(pair) for pair in found.matched],
        **({"noise": noise(a, b, split)} if found.table[-1].any() or found.table[:, -1].any() else {}),
        "classes": None
        if found.gains is None
        else [
            {
                "class": info.class_names[one.label], "images": one.images, "share_a": one.share_a, "share_b": one.share_b,
                "gained": one.gained, "lost": one.lost,
            }
            for one in found.gains
        ],
    }  # fmt: skip


def check_same_images(runs: Sequence[Run]) -> None:
    """Raise InvalidInputError for runs of different image sets: the fifth image of one is another than that of the other."""
    sets = list(dict.fromkeys(run.config.dataset for run in runs))
    if len(sets) > 1:
        raise InvalidInputError(
            f"Runs of {' and '.join(map(repr, sets))}. Expected runs of one image set: their images are others. "
            "`python -m core runs` lists what there is."
        )


def image_report(run: Run, split: str, index: int, config: ClusteringConfig, count: int = NEAREST) -> dict[str, Any]:
    """What a run says of one image.

    class: its own; label: the class of its cluster; both None without labels.
    cluster: its number, -1 for none; distance: to the middle of it, in scaled coordinates, None without one; second_distance: to the
        nearest middle of another cluster, None where there is none.
    neighbours: the nearest images among train and test in the latent space as stored: image, distance, class.

    Raises InvalidInputError for an image that is not there, and as `core.stages.cluster_run`.
    """
    check_image(run, split, index)
    names, labels = dataset_info(run.config.dataset).class_names, read_labels(run.config.dataset)
    found = cluster_run(run, config, labels)
    place = placing(found, {"train": run.train_embeddings, "test": run.test_embeddings}, split, index)
    inside = place.cluster != NOISE

    def class_of(part: str, row: int) -> str | None:
        return names[int(labels[part][row])] if labels else None

    return {
        "image": f"{split}.{index}",
        "class": class_of(split, index),
        "cluster": place.cluster,
        "label": names[int(found.cluster_labels[place.cluster])] if labels and inside else None,
        "distance": place.distance if inside else None,
        "second_distance": place.second_distance if inside else place.distance,
        "neighbours": [
            {"image": f"{one.split}.{one.index}", "distance": one.distance, "class": class_of(one.split, one.index)}
            for one in nearest_images(run, split, index, count)
        ],
    }


def _verdicts(found: Comparison) -> dict[str, int | None]:
    names = ("named_differently", "right_none", "right_only_a", "right_only_b", "right_both")
    if found.verdicts is None:
        return dict.fromkeys(names)
    of = totals(found)
    counts = of.different, of.both_wrong, of.right_only_a, of.right_only_b, of.both_right
    return dict(zip(names, counts, strict=True))


def _of_own_class(near: list[np.ndarray], labels: dict[str, np.ndarray]) -> dict[str, float]:
    """Of the nearest few how many are of the image's class, mean over images, of `a` and `b`."""
    own, result = labels["test"], {}
    for name, indices in zip("ab", near, strict=True):
        few = indices[:, :NEAREST]
        result[name] = float(same_class(few, own, own).mean() * few.shape[1])
    return result
