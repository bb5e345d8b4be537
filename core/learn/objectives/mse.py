"""Mean squared error of pixels."""

from typing import Any

from core.learn.objectives.objective import PixelObjective


class PixelMse(PixelObjective):
    title = "Pixel MSE"
    summary = "punishes the squared difference of every pixel"
    colour = "#d55e00"

    def loss(self, target: Any, output: Any) -> Any:
        """Mean over pixels and channels of the squared difference. Both (n, h, w, c) in [0, 1]; result in [0, 1]."""
        from keras import ops

        difference = ops.cast(target, "float32") - ops.cast(output, "float32")
        return ops.mean(ops.square(difference), axis=(1, 2, 3))
