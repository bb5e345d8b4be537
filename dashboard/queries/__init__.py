"""What the pages read, cached: the only st.cache_* calls. What they are told apart by are ids and numbers, never arrays."""

from dashboard.queries.classes import class_names, labelled_by, labels, labels_by_hand
from dashboard.queries.clusters import (
    accuracy_over_latent,
    clustering,
    compute_stability,
    run_sweep,
    scores,
    silhouette,
    stability,
)
from dashboard.queries.drawings import (
    Verdicts,
    VerdictShares,
    decoders,
    drawn,
    judges,
    readout_model,
    readout_of,
    readouts,
    verdict_shares,
    verdicts,
    verdicts_of,
)
from dashboard.queries.images import collapsed, have_images, pictures, reconstructions, thumbnail_sheet
from dashboard.queries.latent import class_middle, cluster_middle, nearest_test, rarity, spread_of_numbers
from dashboard.queries.maps import aligned_maps, map_points, map_trust_kept
from dashboard.queries.margins import margins
from dashboard.queries.neighbours import COUNT as NEIGHBOURS
from dashboard.queries.neighbours import Near, comparison, map_trust, nearest_images, neighbours_of, overlaps
from dashboard.queries.ranking import compute_starts, sorted_by
from dashboard.queries.stored import Runs, runs, set_titles

__all__ = [
    "NEIGHBOURS", "Near", "Runs", "VerdictShares", "Verdicts", "accuracy_over_latent", "aligned_maps", "class_middle", "class_names",
    "cluster_middle", "clustering", "collapsed", "comparison", "compute_stability", "compute_starts", "decoders", "drawn",
    "have_images", "judges", "labelled_by", "labels", "labels_by_hand", "map_points", "map_trust", "map_trust_kept", "margins", "nearest_images", "nearest_test",
    "neighbours_of", "overlaps", "pictures", "rarity", "readout_model", "readout_of", "readouts", "reconstructions", "run_sweep", "runs",
    "scores", "set_titles", "silhouette", "sorted_by", "spread_of_numbers", "stability", "thumbnail_sheet", "verdict_shares", "verdicts",
    "verdicts_of",
]  # fmt: skip
