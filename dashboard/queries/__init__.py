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
from dashboard.queries.images import collapsed, have_images, pictures, reconstructions, thumbnail_sheet
from dashboard.queries.maps import aligned_maps, map_points
from dashboard.queries.neighbours import Near, comparison, map_trust, nearest_images, neighbours_of, overlaps
from dashboard.queries.stored import Runs, runs, set_titles

__all__ = [
    "Near", "Runs", "accuracy_over_latent", "aligned_maps", "class_names", "clustering", "collapsed", "comparison",
    "compute_stability", "have_images", "labelled_by", "labels", "labels_by_hand", "map_points", "map_trust",
    "nearest_images", "neighbours_of", "overlaps", "pictures", "reconstructions", "run_sweep", "runs", "scores",
    "set_titles", "silhouette", "stability", "thumbnail_sheet",
]  # fmt: skip
