"""Use both processors for one batch: each half goes through the model on a thread of its own.

Sharing out each operation instead, as TensorFlow does, left two processors only a quarter faster than one.
"""

import os

import keras
from keras import ops


class DataParallel(keras.Model):
    """A functional model of one input and one output that takes a batch in two halves; weights and results are the same.

    Batch normalisation sees a half at a time, whatever the number of processors (ghost batches, Hoffer et al. 2017).
    On other backends than TensorFlow, whose devices share out by themselves, the batch stays whole.
    """

    def call(self, inputs, training=None, mask=None):
        run = super().call
        if keras.backend.backend() != "tensorflow" or inputs.shape[0] == 1:
            return run(inputs, training=training, mask=mask)
        middle = ops.shape(inputs)[0] // 2
        halves = inputs[:middle], inputs[middle:]
        return ops.concatenate([run(half, training=training, mask=mask) for half in halves])


def share_processors() -> None:
    """Let two operations run at a time, each on half of the processors. Only before anything was computed."""
    if keras.backend.backend() != "tensorflow":
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
