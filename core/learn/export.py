"""Keras models as ONNX, by which a finished run serves without Keras."""

import tempfile
from pathlib import Path

import keras
import numpy as np

_LARGE = 1024  # numbers


def export_onnx(model: keras.Model, path: Path) -> None:
    """Write a float32 model of one input as ONNX, its large weights in half precision."""
    model(np.zeros((1, *model.input.shape[1:]), np.float32))  # the export wants a model that was called
    model.export(path, format="onnx", verbose=False)
    _halve_weights(path)


def onnx_bytes(model: keras.Model) -> bytes:
    """What `export_onnx` writes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.onnx"
        export_onnx(model, path)
        return path.read_bytes()


def _halve_weights(path: Path) -> None:
    """Keep the large weights of an ONNX file as float16, cast back when it is loaded: half the size on disk.

    Embeddings are computed with the file as written, so what is stored and what is shown agree.
    """
    import onnx
    from onnx import numpy_helper

    model = onnx.load(path)
    casts = []
    for tensor in model.graph.initializer:
        if tensor.data_type != onnx.TensorProto.FLOAT or np.prod(tensor.dims) < _LARGE:
            continue
        name = tensor.name
        half = numpy_helper.from_array(numpy_helper.to_array(tensor).astype(np.float16), f"{name}_half")
        tensor.CopyFrom(half)
        casts.append(onnx.helper.make_node("Cast", [half.name], [name], to=onnx.TensorProto.FLOAT))
    for cast in reversed(casts):
        model.graph.node.insert(0, cast)
    onnx.checker.check_model(model)
    onnx.save(model, path)
