"""Models encode and decode alike in any batch, and say what they cannot take."""

import numpy as np
import onnx
import pytest
from onnx import helper

from core.errors import FileDamagedError
from core.serve import decode, encode, reconstruction_errors, run_model


def test_the_stored_encoder_gives_the_stored_embeddings(mse_run, digits):
    codes = encode(mse_run.encoder, digits.train_images)
    assert codes.dtype == np.float32
    np.testing.assert_allclose(codes, mse_run.train_embeddings, rtol=1e-3, atol=1e-3)  # kept as float16


def test_decoded_pictures_have_pixels_from_0_to_1(mse_run):
    pictures = decode(mse_run.decoder, 5 * np.random.default_rng(0).normal(size=(20, 4)))
    assert pictures.shape == (20, 28, 28, 1)
    assert pictures.dtype == np.float32
    assert 0 <= pictures.min() < pictures.max() <= 1


def test_batches_do_not_change_the_result(mse_run, digits):
    whole = encode(mse_run.encoder, digits.train_images)
    singly = np.concatenate([encode(mse_run.encoder, digits.train_images[i : i + 1]) for i in (0, 499, 500, 1436)])
    np.testing.assert_allclose(whole[[0, 499, 500, 1436]], singly, atol=1e-4)
    assert len(decode(mse_run.decoder, whole)) == 1437


def test_reconstruction_errors_are_mean_squared_pixel_errors(mse_run, digits):
    errors = reconstruction_errors(mse_run.decoder, mse_run.train_embeddings[:700], digits.train_images[:700])
    pictures = decode(mse_run.decoder, mse_run.train_embeddings[:700])
    expected = ((pictures - digits.train_images[:700] / 255) ** 2).reshape(700, -1).mean(axis=1)
    np.testing.assert_allclose(errors, expected, rtol=1e-5)


def test_stored_errors_are_those_of_the_stored_models(mse_run, digits):
    errors = reconstruction_errors(mse_run.decoder, mse_run.test_embeddings, digits.test_images)
    np.testing.assert_allclose(mse_run.test_errors, errors, rtol=1e-4)
    assert mse_run.metrics["reconstruction_mse"] == pytest.approx(errors.mean(), rel=1e-4)


def test_no_images_give_no_codes_and_no_codes_no_pictures(mse_run):
    assert encode(mse_run.encoder, np.empty((0, 28, 28, 1), np.uint8)).shape == (0, 4)
    assert decode(mse_run.decoder, np.empty((0, 4))).shape == (0, 28, 28, 1)


def test_codes_of_any_number_type_and_layout_are_accepted(mse_run):
    codes = mse_run.test_embeddings[:6]
    expected = decode(mse_run.decoder, codes)
    np.testing.assert_allclose(decode(mse_run.decoder, codes.astype(np.float64)), expected)
    np.testing.assert_allclose(decode(mse_run.decoder, np.asfortranarray(codes)[::2]), expected[::2], atol=1e-6)


def test_content_that_is_no_model_or_another_model_is_told(mse_run, digits):
    with pytest.raises(FileDamagedError, match="cannot be used"):
        encode(b"no model", digits.test_images)
    with pytest.raises(
        FileDamagedError, match=r"takes \[\[4\]\] and gives \[\[28, 28, 1\]\], expected one that takes \(28, 28, 1\)"
    ):
        encode(mse_run.decoder, digits.test_images)
    with pytest.raises(FileDamagedError, match=r"expected one that takes \(5,\)"):
        decode(mse_run.decoder, np.zeros((2, 5), np.float32))
    with pytest.raises(FileDamagedError, match=r"gives \(3,\)"):
        encode(mse_run.encoder, digits.test_images, latent=3)
    with pytest.raises(FileDamagedError, match=r"gives \(32, 32, 3\)"):
        decode(mse_run.decoder, mse_run.test_embeddings, shape=(32, 32, 3))


def model(
    *nodes: onnx.NodeProto, takes: int = onnx.TensorProto.FLOAT, gives: int = onnx.TensorProto.FLOAT, rows=None
) -> bytes:
    """A model of `nodes` that says that it takes x and gives y, both (rows, 2)."""
    values = [helper.make_tensor_value_info(name, kind, [rows, 2]) for name, kind in (("x", takes), ("y", gives))]
    weights = [helper.make_tensor("seven", onnx.TensorProto.INT64, [2], [7, 7])]
    graph = helper.make_graph(nodes, "graph", values[:1], values[1:], weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()


SAME = helper.make_node("Identity", ["x"], ["y"])
ODD_MODELS = {
    "double precision": model(SAME, takes=onnx.TensorProto.DOUBLE, gives=onnx.TensorProto.DOUBLE),
    "five rows": model(SAME, rows=5),
    "fails when it runs": model(helper.make_node("Reshape", ["x", "seven"], ["y"])),
    "whole numbers": model(
        helper.make_node("Cast", ["x"], ["y"], to=onnx.TensorProto.INT64), gives=onnx.TensorProto.INT64
    ),
    "another shape than it says": model(helper.make_node("ReduceSum", ["x"], ["y"], keepdims=1), rows="rows"),
    "an operation of no name": model(SAME).replace(b"Identity", b"\xdf" * 8),
    "an axis of no name": model(SAME, rows="rows").replace(b"rows", b"\xdf" * 4),
}


@pytest.mark.parametrize("odd", ODD_MODELS)
def test_a_model_that_does_something_else_when_it_runs_is_told_and_prints_nothing(odd, capfd):
    with pytest.raises(FileDamagedError):
        run_model(ODD_MODELS[odd], np.ones((3, 2), np.float32), gives=(2,))
    assert capfd.readouterr() == ("", "")
