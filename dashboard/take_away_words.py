"""What is said of the files to take away."""

from collections.abc import Sequence

INTRODUCTION = "What is looked at now, of the **test images**: embeddings, labels, clusters, maps, neighbours, errors and thumbnails."
NOTEBOOK = "Opens the same models, clusters and maps with `core`, to go on from there. A few kB."
_SQUEEZED = 0.7  # what PNG leaves of a picture's bytes, on the mean
_NEIGHBOURS = 15


def sizes(shape: tuple[int, int, int], images: int, latents: Sequence[int]) -> tuple[int, int]:
    """About how many bytes the table and the projector's files have, for pictures (h, w, c) and runs of these latent sizes."""
    height, width, channels = shape
    scale = min(1, 96 / max(height, width)) ** 2
    picture = _SQUEEZED * height * width * channels * scale + 60
    numbers = sum(latents)
    table = images * (picture + 4 * numbers + len(latents) * (8 * _NEIGHBOURS + 40))
    projector = images * (picture + 6 * numbers + len(latents) * 40)
    return round(table), round(projector)


def table(images: int, size: int, command: str) -> str:
    """What the table is. `command`: what opens it in Embedding Atlas, a command."""
    return f"A row an image, {images:,} in all, about {megabytes(size)}. For data frames, and for Embedding Atlas: `{command}`"


def projector(size: int) -> str:
    """What the projector's files are."""
    return f"About {megabytes(size)}. Unpack it and point TensorBoard at the folder: `tensorboard --logdir FOLDER`."


def megabytes(size: float) -> str:
    """A size in whole megabytes, at least one."""
    return f"{max(1, round(size / 1e6)):,} MB"
