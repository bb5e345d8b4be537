"""What the latent explorer says, as plain functions."""

from collections.abc import Sequence

from dashboard.words import numbers

MODES = {"numbers": "Change its numbers", "path": "Walk between images"}
WORDS = {
    "nearest": "Nearest real image",
    "slider": "Where on the path",
    "where": "{share} % of the way from {from} to {to}",
    "at": "At {at}",
    "usual": "As usual as real images",
    "rare": "Farther from real images than {share} % of them",
}


def introduction(mode: str, latents: Sequence[int]) -> str:
    """What is seen, and what to do. `mode`: one of MODES; `latents`: the latent sizes of what is shown."""
    kept = f"To these models each image is no more than **{numbers(latents)}**"
    if mode == "numbers":
        return (
            f"{kept}. **Drag a slider** to change one and see what it stands for; the small pictures at its ends show where it leads. "
            "The numbers that vary most come first."
        )
    return (
        f"{kept}, and between any two images lie pictures that do not exist. **Drag along the path** to see what "
        "each model draws there, and which real image is nearest."
    )


def image_title(key: str, label: str = "") -> str:
    """What an image `SPLIT.INDEX` is called, with its class where there are labels: `test image 12 (Coat)`."""
    split, _, index = key.partition(".")
    named = "training" if split == "train" else split
    return f"{named} image {index}" + (f" ({label})" if label else "")


def class_title(name: str) -> str:
    """What the middle of a class is called."""
    return f"the average {name}"


def cluster_title(number: int, run: str, name: str = "") -> str:
    """What the middle of a cluster is called: `the middle of cluster 4 of Pixel MSE (Bag)`."""
    return f"the middle of cluster {number} of {run}" + (f" ({name})" if name else "")


def no_such_image(typed: str, images: int) -> str:
    """What is wrong with what somebody typed, as Markdown, where there are so many test images."""
    return (
        f"There is no image {typed}. Type a number from 0 to {images - 1:,} for a test image, or choose from the list."
    )
