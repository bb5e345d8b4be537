"""Reconstruction losses. Each returns one value per image, of shape (n,), float32, at least 0; lower is better.

The trainer takes the mean over the batch. Names and titles are in `core.settings.LOSSES`.
"""

from keras import ops

_EPSILON = 1e-7


def mse(target, output):
    """Mean over pixels of the squared difference. Both (n, h, w, c) in [0, 1]; result in [0, 1]."""
    return ops.mean(ops.square(_float(target) - _float(output)), axis=(1, 2, 3))


def bce(target, output):
    """Mean over pixels of the binary cross-entropy, in nats. Target in [0, 1], output a sigmoid in (0, 1).

    A grey target t leaves -t log t - (1 - t) log(1 - t) even for a perfect reconstruction.
    """
    target = _float(target)
    output = ops.clip(_float(output), _EPSILON, 1 - _EPSILON)
    return -ops.mean(target * ops.log(output) + (1 - target) * ops.log(1 - output), axis=(1, 2, 3))


def perceptual(targets, features):
    """Distance between loss-network features: the smaller of that to the target and that to its mirror image.

    Args:
        targets: (n, 2, d), features of each target image and of its left-right mirror image, precomputed.
        features: (n, d), features of each reconstruction.

    The distance is the mean squared difference over the d features. The minimum is taken per image; study A's
    listing takes it once per batch, which lets one image decide for all others.
    """
    difference = _float(targets) - ops.expand_dims(_float(features), axis=1)
    return ops.min(ops.mean(ops.square(difference), axis=-1), axis=-1)


LOSS_FUNCTIONS = {"mse": mse, "bce": bce, "perceptual": perceptual}


def _float(tensor):
    return ops.cast(tensor, "float32")
