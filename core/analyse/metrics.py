"""Scores of clusterings, embeddings, maps and reconstructions, one function each: range, direction, source.

scikit-learn's where it has them, under its own names; ours where it has none. Each raises InvalidInputError for what has no
score: nothing counted, values that are not finite or beyond single precision, labels for other points.
"""

import numpy as np

from core.analyse.rows import alike, checked, levelled
from core.analyse.steady import steady
from core.errors import InvalidInputError

# Silhouette and trustworthiness compare all pairs of points: a fixed random sample of this many keeps them at a
# second and 100 MB. Both are reported with this sample size.
PAIRWISE_SAMPLE = 2_500
_LEAST_NEIGHBOURS = 3
_WINDOW = 11  # pixels
# Noise may reach beyond [0, 1]; bytes, or what has overflowed, are something else.
_FAR_BEYOND = 100


@steady()
def purity(counts: np.ndarray, points: int | None = None) -> float:
    """Share of points that belong to their cluster's most frequent label. [0, 1], higher is better.

    counts: int (k, classes), points of each label in each cluster. The majority label is taken from these very
    points, so purity never falls when clusters are split, and equals 1 with one point a cluster.
    points: how many there are, those in no cluster included; all are counted by default.
    """
    return float(counts.max(axis=1).sum() / (points or _counted(counts)))


@steady()
def hungarian_accuracy(counts: np.ndarray, points: int | None = None) -> float:
    """Accuracy under the best one-to-one assignment of clusters to labels. [0, 1], higher is better.

    With more clusters than labels the surplus clusters count as wrong, so it is meant for k = number of classes.
    Kuhn 1955; used as "ACC" in the deep clustering literature. Arguments as of `purity`.
    """
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(counts, maximize=True)
    return float(counts[rows, columns].sum() / (points or _counted(counts)))


@steady()
def entropy(counts: np.ndarray) -> np.ndarray:
    """Entropy of the labels in each cluster, in bits: float (k,). 0 is pure, log2(classes) an even mix."""
    totals = np.maximum(counts.sum(axis=1, keepdims=True), 1)
    shares = counts / totals
    terms = np.zeros_like(shares)
    np.log2(shares, out=terms, where=shares > 0)
    return np.abs(-(shares * terms).sum(axis=1))


@steady()
def clustering_scores(labels: np.ndarray, clusters: np.ndarray) -> dict[str, float]:
    """Agreement of clusters with labels beside `nmi_from_counts` and `ari_from_counts`, from scikit-learn. Higher is better.

    homogeneity and completeness in [0, 1], v_measure their harmonic mean; ami at most 1, and 0 for chance.
    """
    from sklearn import metrics

    _check_paired("labels", labels, "clusters", clusters)
    homogeneity, completeness, v_measure = metrics.homogeneity_completeness_v_measure(labels, clusters)
    return {
        "ami": float(metrics.adjusted_mutual_info_score(labels, clusters)),
        "homogeneity": float(homogeneity),
        "completeness": float(completeness),
        "v_measure": float(v_measure),
    }


@steady()
def nmi_from_counts(counts: np.ndarray) -> float:
    """Normalised mutual information (arithmetic mean) from a contingency table; equals scikit-learn's. [0, 1]."""
    joint = counts / _counted(counts)
    by_cluster, by_label = joint.sum(axis=1), joint.sum(axis=0)
    filled = joint > 0
    ratio = joint[filled] / np.outer(by_cluster, by_label)[filled]
    information = float((joint[filled] * np.log(ratio)).sum())

    def nats(shares: np.ndarray) -> float:
        shares = shares[shares > 0]
        return float(-(shares * np.log(shares)).sum())

    mean = (nats(by_cluster) + nats(by_label)) / 2
    return max(0.0, information / mean) if mean else 1.0


@steady()
def ari_from_counts(counts: np.ndarray) -> float:
    """Adjusted Rand index from a contingency table; equals scikit-learn's. At most 1, 0 for chance.

    Hubert and Arabie 1985.
    """

    def pairs(numbers: np.ndarray) -> float:
        numbers = numbers.astype(np.float64)
        return float((numbers * (numbers - 1) / 2).sum())

    total = pairs(np.array([_counted(counts)]))
    together, by_cluster, by_label = pairs(counts), pairs(counts.sum(axis=1)), pairs(counts.sum(axis=0))
    expected = by_cluster * by_label / total if total else 0.0
    largest = (by_cluster + by_label) / 2
    return 1.0 if largest == expected else float((together - expected) / (largest - expected))


@steady()
def silhouette(embeddings: np.ndarray, clusters: np.ndarray, seed: int = 0) -> float:
    """Mean silhouette on a sample. [-1, 1], higher is better; 0 with a single cluster, or each point its own. Rousseeuw 1987."""
    from sklearn.metrics import silhouette_score

    _check_paired("clusters", clusters, "embeddings", embeddings)
    rows = _sample(len(embeddings), seed)
    if not 1 < len(np.unique(clusters[rows])) < len(rows):
        return 0.0
    return float(silhouette_score(levelled(checked(embeddings)[rows])[0], clusters[rows]))


@steady()
def trustworthiness(embeddings: np.ndarray, points: np.ndarray, seed: int = 0) -> float:
    """How far neighbours on the map are neighbours in the embedding, on a sample. [0, 1], higher is better.

    1 where all embeddings are alike: each is then as near as any. Venna and Kaski 2001; 5 neighbours.
    """
    from sklearn.manifold import trustworthiness as score

    embeddings, points = checked(embeddings), checked(points, "The points of the map")
    _check_paired("points", points, "embeddings", embeddings)
    if len(points) < _LEAST_NEIGHBOURS:
        raise InvalidInputError(
            f"There are {len(points)} points. Expected at least {_LEAST_NEIGHBOURS}: fewer have no neighbours to compare."
        )
    rows = _sample(len(embeddings), seed)
    if alike(embeddings[rows]):
        return 1.0
    neighbours = max(1, min(5, len(rows) // 2 - 1))
    return float(score(levelled(embeddings[rows])[0], levelled(points[rows])[0], n_neighbors=neighbours))


@steady()
def knn_accuracy(train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray) -> float:
    """Accuracy on test embeddings of the 5 nearest train embeddings' majority. [0, 1], higher is better."""
    from sklearn.neighbors import KNeighborsClassifier

    train, test = _probed(train, train_labels, test, test_labels)
    classifier = KNeighborsClassifier(min(5, len(train)), n_jobs=-1)
    return float(classifier.fit(train, train_labels).score(test, test_labels))


@steady()
def linear_probe_accuracy(
    train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray
) -> float:
    """Test accuracy of a logistic regression on standardised train embeddings. [0, 1], higher is better."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train, test = _probed(train, train_labels, test, test_labels)
    if len(kinds := np.unique(train_labels)) == 1:
        return float(np.mean(np.asarray(test_labels) == kinds[0]))  # nothing else is ever answered
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
    return float(probe.fit(train, train_labels).score(test, test_labels))


@steady()
def ssim(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Structural similarity of image pairs, float (n,), [-1, 1], higher is better; images (n, h, w, c) in [0, 1].

    Wang et al. 2004: Gaussian window of sigma 1.5 and 11 pixels, K1 = 0.01, K2 = 0.03, valid windows only. In colour the mean over
    the channels, each by itself.
    """
    from scipy.ndimage import gaussian_filter

    if first.shape != second.shape or first.ndim != 4 or not first.shape[3] or min(first.shape[1:3]) < _WINDOW:
        raise InvalidInputError(
            f"Images of shapes {first.shape} and {second.shape}. Expected the same shape, (n, height, width, channels), at least "
            f"{_WINDOW} pixels high and wide."
        )
    for images in (first, second):
        if images.size and not (-_FAR_BEYOND < images.min() <= images.max() < _FAR_BEYOND):
            raise InvalidInputError(
                f"Images with values from {images.min()} to {images.max()}. Expected finite brightnesses from 0 to 1: "
                "divide bytes by 255."
            )

    def mean(images: np.ndarray) -> np.ndarray:
        return gaussian_filter(images, (0, 1.5, 1.5), truncate=3.5)[:, 5:-5, 5:-5]

    def of_channel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        mean_a, mean_b = mean(a), mean(b)
        variance_a, variance_b = mean(a * a) - mean_a**2, mean(b * b) - mean_b**2
        covariance = mean(a * b) - mean_a * mean_b
        c1, c2 = 0.01**2, 0.03**2
        score = ((2 * mean_a * mean_b + c1) * (2 * covariance + c2)) / (
            (mean_a**2 + mean_b**2 + c1) * (variance_a + variance_b + c2)
        )
        return score.mean(axis=(1, 2))

    channels = (np.moveaxis(images.astype(np.float64), 3, 0) for images in (first, second))
    return np.mean([of_channel(a, b) for a, b in zip(*channels, strict=True)], axis=0)


def _probed(
    train: np.ndarray, train_labels: np.ndarray, test: np.ndarray, test_labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Train and test embeddings, checked and brought to one scale."""
    train, test = checked(train, "The train embeddings"), checked(test, "The test embeddings")
    _check_paired("train labels", train_labels, "train embeddings", train)
    _check_paired("test labels", test_labels, "test embeddings", test)
    if train.shape[1] != test.shape[1]:
        raise InvalidInputError(
            f"Embeddings with {train.shape[1]} features in train and {test.shape[1]} in test. Expected as many: take both "
            "from one run."
        )
    rows = levelled(np.concatenate([train, test]))[0]
    return rows[: len(train)], rows[len(train) :]


def _check_paired(one: str, first: np.ndarray, other: str, second: np.ndarray) -> None:
    if len(first) != len(second) or not len(first):
        raise InvalidInputError(f"{len(first)} {one} for {len(second)} {other}. Expected as many, and at least one.")


def _counted(counts: np.ndarray) -> int:
    """How many points a table counts, at least one."""
    total = counts.sum()
    if counts.ndim != 2 or total <= 0:
        raise InvalidInputError(
            f"A table of shape {counts.shape} that counts {total} points. Expected clusters by labels, and at least one point."
        )
    return total


def _sample(count: int, seed: int) -> np.ndarray:
    if count <= PAIRWISE_SAMPLE:
        return np.arange(count)
    return np.random.default_rng(seed).choice(count, PAIRWISE_SAMPLE, replace=False)
