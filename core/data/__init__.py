"""Image sets and pictures: what is learnt from."""

from core.data.imageset import PARTS, Framing, ImageSet, ImageSetInfo
from core.data.own.library import DamagedSet, damaged_sets
from core.data.sets import PUBLISHED, dataset_info, find, image_sets, load, read_labels, read_part, read_rows, source

__all__ = [
    "PARTS",
    "PUBLISHED",
    "DamagedSet",
    "Framing",
    "ImageSet",
    "ImageSetInfo",
    "damaged_sets",
    "dataset_info",
    "find",
    "image_sets",
    "load",
    "read_labels",
    "read_part",
    "read_rows",
    "source",
]
