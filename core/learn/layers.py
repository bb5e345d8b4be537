"""Layers, and what makes them fast on processors: a fused normalisation, kernel gradients, and a batch in two halves.

All three give Keras's own results, under Keras's own names of weights, and are off wherever something else than TensorFlow on
processors computes (`on_processors`).
"""

import functools
import os
from typing import Any

import keras
from keras import layers, ops

# Kernels' gradients in bfloat16, measured with 64 images: 1.05 to 2.6 times as fast up to maps of this side; slower for larger
# ones, for fewer channels, and in float32.
_LARGEST_MAP = 8
_FEWEST_CHANNELS = 32


@functools.cache
def on_processors() -> bool:
    """Whether TensorFlow computes here, and has nothing but processors to do so."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf

    return {device.device_type for device in tf.config.list_physical_devices()} == {"CPU"}


def conv(
    filters: int, kernel: int, dtype: str, strides: int = 1, activation: str | None = "relu", padding: str = "same"
) -> "Conv2D":
    """A convolution whose weights begin as suits ReLU (He et al. 2015)."""
    return Conv2D(
        filters, kernel, strides, padding=padding, activation=activation, kernel_initializer="he_normal", dtype=dtype
    )


def first_map(embedding: Any, side: int, channels: int, dtype: str, activation: str | None = "relu") -> Any:
    """Embeddings (n, latent) to the feature map (n, side, side, channels) that a decoder begins with."""
    hidden = layers.Dense(side * side * channels, activation=activation, dtype=dtype)(embedding)
    return layers.Reshape((side, side, channels), dtype=dtype)(hidden)


def depth_to_space(tensor: Any, dtype: str) -> Any:
    """(n, h, w, 4c) to (n, 2h, 2w, c): doubles the picture without the cost of a transposed convolution."""
    _, height, width, channels = tensor.shape
    tensor = layers.Reshape((height, width, 2, 2, channels // 4), dtype=dtype)(tensor)
    tensor = layers.Permute((1, 3, 2, 4, 5), dtype=dtype)(tensor)
    return layers.Reshape((2 * height, 2 * width, channels // 4), dtype=dtype)(tensor)


class BatchNormalization(layers.BatchNormalization):
    """Keras's layer over the last axis, trained by one fused operation: a loss network then trains 1.3 times as fast.

    Keras's own goes over each feature map several times, and in float32 whatever the precision is. The moving variance is that
    of a sample (n - 1), as cuDNN's is: a difference of one in thousands.
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        if not (training and self.trainable and mask is None and on_processors()):
            return super().call(inputs, training=training, mask=mask)
        from tensorflow import compat

        outputs, mean, variance = compat.v1.nn.fused_batch_norm(
            inputs, self.gamma.value, self.beta.value, epsilon=self.epsilon, is_training=True
        )
        for moving, seen in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(self.momentum * moving + (1 - self.momentum) * seen)
        return outputs


class Conv2D(layers.Conv2D):
    """Keras's layer; in bfloat16, without an activation or with ReLU, its kernel's gradient is computed another way.

    The library computes that gradient at a quarter of the rate of everything else. It is a convolution itself, of the images
    with the gradients, in which the batch is what is summed over: for small feature maps that is twice as fast.
    """

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        if not (training and self.trainable and self._gains(inputs.shape) and on_processors()):
            return super().call(inputs)
        import tensorflow as tf

        size, stride, padding = self.kernel_size[0], self.strides[0], self.padding.upper()
        relu = self.activation is keras.activations.relu

        def convolve(images: Any, kernel: Any, *bias: Any) -> Any:
            outputs = tf.nn.conv2d(images, kernel, stride, padding)
            if bias:
                outputs = tf.nn.bias_add(outputs, bias[0])
            if relu:
                outputs = tf.nn.relu(outputs)

            def gradients(upstream: Any) -> Any:
                if relu:
                    upstream = tf.raw_ops.ReluGrad(gradients=upstream, features=outputs)
                to_images = tf.raw_ops.Conv2DBackpropInput(
                    input_sizes=tf.shape(images), filter=kernel, out_backprop=upstream,
                    strides=[1, stride, stride, 1], padding=padding,
                )  # fmt: skip
                to_kernel = _kernel_gradient(images, upstream, size, stride, padding)
                return to_images, to_kernel, *(tf.raw_ops.BiasAddGrad(out_backprop=upstream) for _ in bias)

            return outputs, gradients

        weights = (self.kernel, self.bias) if self.use_bias else (self.kernel,)
        return tf.custom_gradient(convolve)(inputs, *(tf.cast(weight, self.compute_dtype) for weight in weights))

    def _gains(self, shape: tuple[int, ...]) -> bool:
        _, height, width, channels = shape
        return (
            self.data_format == "channels_last"
            and self.compute_dtype == "bfloat16"
            and self.activation in (keras.activations.linear, keras.activations.relu)
            and max(self.compute_output_shape((1, height, width, channels))[1:3]) <= _LARGEST_MAP
            and channels >= _FEWEST_CHANNELS
            and len({*self.kernel_size}) == len({*self.strides}) == 1
            and {*self.dilation_rate} == {self.groups} == {1}
        )


def _kernel_gradient(images: Any, upstream: Any, size: int, stride: int, padding: str) -> Any:
    """Images (n, h, w, c) and gradients of the outputs (n, oh, ow, f) to the kernel's gradient (size, size, c, f)."""
    import tensorflow as tf

    borders = [[0, 0]]
    for length, outputs in zip(images.shape[1:3], upstream.shape[1:3], strict=True):
        total = max((outputs - 1) * stride + size - length, 0) if padding == "SAME" else 0
        borders.append([total // 2, total - total // 2])
    swapped, kernel = tf.transpose(images, (3, 1, 2, 0)), tf.transpose(upstream, (1, 2, 0, 3))
    found = tf.nn.conv2d(swapped, kernel, 1, [*borders, [0, 0]], dilations=stride)
    # Rows and columns that the strides never reached have no place in the kernel.
    return tf.transpose(found[:, :size, :size], (1, 2, 0, 3))


class DataParallel(keras.Model):
    """A functional model of one input and one output that takes a batch in two halves, each on a thread of its own.

    Sharing out each operation instead, as TensorFlow does, left two processors only a quarter faster than one. Weights and
    results are the same, but that batch normalisation sees a half at a time, whatever the number of processors (ghost
    batches, Hoffer et al. 2017).
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        run = super().call
        if inputs.shape[0] == 1 or not on_processors():
            return run(inputs, training=training, mask=mask)
        middle = ops.shape(inputs)[0] // 2
        halves = inputs[:middle], inputs[middle:]
        return ops.concatenate([run(half, training=training, mask=mask) for half in halves])


def share_processors() -> None:
    """Let two operations run at a time, each on half of the processors. Only before anything was computed."""
    if not on_processors():
        return
    import tensorflow as tf

    try:
        tf.config.threading.set_inter_op_parallelism_threads(2)
        tf.config.threading.set_intra_op_parallelism_threads(max(1, _processors() // 2))
    except RuntimeError:
        pass  # too late, in a notebook that has used TensorFlow: slower, and nothing else


def _processors() -> int:
    """Those this process may use; all there are on systems that do not tell."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
