"""Binary cross-entropy of pixels."""

from typing import Any

from core.learn.objectives.objective import PixelObjective

_EPSILON = 1e-7


class CrossEntropy(PixelObjective):
    title = "Cross-entropy"
    summary = "treats every pixel as a probability of being lit and punishes wrong odds"
    colour = "#0072b2"

    def loss(self, target: Any, output: Any) -> Any:
        """Mean over pixels and channels of the binary cross-entropy, in nats. Target in [0, 1], output a sigmoid in (0, 1).

        A grey target t leaves -t log t - (1 - t) log(1 - t) even for a perfect reconstruction.
        """
        from keras import ops

        target = ops.cast(target, "float32")
        output = ops.clip(ops.cast(output, "float32"), _EPSILON, 1 - _EPSILON)
        return -ops.mean(target * ops.log(output) + (1 - target) * ops.log(1 - output), axis=(1, 2, 3))
