"""scikit-learn's small handwritten digits, brought to the shape of MNIST's."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from core.data.imageset import ImageSetInfo


class Digits:
    """1,797 digits of 8x8 pixels (0..16), resized to 28x28 (0..255), split 80/20 by class. They come inside scikit-learn."""

    info = ImageSetInfo(
        name="digits",
        title="Digits (small)",
        class_names=tuple("0123456789"),
        mirror=False,
        train_size=1_437,
        test_size=360,
        validation_size=180,
        licence="CC BY 4.0",
        epochs=60,
    )

    def read_part(self, part: str, *, download: bool = False, progress: bool = False) -> np.ndarray:
        """See `core.data.imageset.Source`."""
        return parts()[part]

    def read_rows(self, split: str, indices: np.ndarray) -> NDArray[np.uint8]:
        """See `core.data.imageset.Source`."""
        images: NDArray[np.uint8] = parts()[f"{split}_images"]
        return images[indices]

    def where(self) -> str:
        return "inside scikit-learn"


@lru_cache(maxsize=1)
def parts() -> dict[str, np.ndarray]:
    """Every part by its name, read-only."""
    from scipy.ndimage import zoom
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    digits = load_digits()
    large = zoom(digits.images, (1, 3.5, 3.5), order=1, grid_mode=True, mode="nearest")
    images = np.clip(np.round(large * (255 / 16)), 0, 255).astype(np.uint8)[..., None]
    labels = digits.target.astype(np.uint8)
    train, test = train_test_split(np.arange(len(labels)), test_size=0.2, random_state=0, stratify=labels)
    made = {
        "train_images": images[train], "train_labels": labels[train], "test_images": images[test], "test_labels": labels[test],
    }  # fmt: skip
    for array in made.values():
        array.flags.writeable = False
    return made
