"""A model's weights as the bytes of a `.weights.h5` file.

HDF5 ends the whole process with a segmentation fault where a disk refuses it, so it only ever works in memory; and what is
read is then what was checked.
"""

import io

import keras


class _Memory(io.BytesIO):
    def __str__(self) -> str:
        return "memory.weights.h5"  # Keras wants a name that ends so


def weights_bytes(model: keras.Model) -> bytes:
    """The weights of `model` and of its optimizer, where it has one."""
    memory = _Memory()
    model.save_weights(memory)
    return memory.getvalue()


def load_weights(model: keras.Model, raw: bytes) -> None:
    """The inverse. Raises OSError, ValueError or KeyError for what are no weights of such a model."""
    model.load_weights(_Memory(raw))
