"""A model's weights as the bytes of a `.weights.h5` file.

HDF5 ends the whole process with a segmentation fault where a disk refuses it, so it only ever writes to memory.
"""

import io

import keras


class _Memory(io.BytesIO):
    def __str__(self) -> str:
        return "memory.weights.h5"  # Keras wants a name that ends so


def weights_bytes(model: keras.Model) -> bytes:
    """The weights of `model` and of its optimizer, where it has one. `model.load_weights` reads a file of them."""
    memory = _Memory()
    model.save_weights(memory)
    return memory.getvalue()
