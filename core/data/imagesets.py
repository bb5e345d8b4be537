"""Names as they were until every caller has moved to `core.data`."""

from core.data import PUBLISHED, dataset_info, find, load, read_part  # noqa: F401
from core.data.imageset import ImageSet as ImageDataset  # noqa: F401
from core.data.imageset import ImageSetInfo as DatasetInfo  # noqa: F401
from core.data.published import FILES  # noqa: F401

DATASETS = {name: source.info for name, source in PUBLISHED.items()}
IMAGE_SHAPE = (28, 28, 1)
