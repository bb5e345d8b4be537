"""Encoders, decoders and loss networks: what goes in, what comes out, and the layers of the studies."""

import keras
import numpy as np
import pytest

from core.errors import UnknownNameError
from core.learn.models import build_decoder, build_encoder, build_loss_network, fold_normalisation
from core.settings import ARCHITECTURES, LOSS_NETWORKS

SHAPE = (28, 28, 1)


@pytest.fixture(scope="module")
def clothes(few_clothes):
    return few_clothes.test_images[:3].astype(np.float32) / 255


def layers(model, kind):
    return [layer for layer in model.layers if isinstance(layer, kind)]


def convolutions(model, kind=keras.layers.Conv2D):
    return [(layer.filters, layer.strides[0]) for layer in layers(model, kind)]


@pytest.mark.parametrize("latent", [1, 2, 256])
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_architecture_maps_images_to_a_code_and_back(architecture, latent, clothes):
    encoder, decoder = build_encoder(architecture, SHAPE, latent), build_decoder(architecture, SHAPE, latent)
    code = encoder.predict_on_batch(clothes)
    assert code.shape == (3, latent)
    # Codes far from any that training gives must still draw pictures.
    output = decoder.predict_on_batch(np.concatenate([code, 100 * code]))
    assert output.shape == (6, 28, 28, 1)
    assert output.min() >= 0
    assert output.max() <= 1


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_untrained_decoders_draw_about_the_mean_they_are_told(architecture):
    keras.utils.set_random_seed(0)
    codes = np.random.default_rng(0).normal(scale=0.1, size=(8, 10)).astype(np.float32)
    for mean in (0.13, 0.5):
        drawn = build_decoder(architecture, SHAPE, 10, mean=mean).predict_on_batch(codes)
        assert drawn.mean() == pytest.approx(mean, abs=0.05)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_codes_are_not_held_to_positive_values(architecture, clothes):
    keras.utils.set_random_seed(0)
    codes = build_encoder(architecture, SHAPE, 32).predict_on_batch(clothes)
    assert codes.min() < 0 < codes.max()


@pytest.mark.parametrize(
    ("build", "architecture"),
    [
        *((build, name) for name in ("default", "study_a") for build in (build_encoder, build_decoder)),
        *((build_loss_network, name) for name in LOSS_NETWORKS),
    ],
)
def test_mixed_precision_keeps_weights_and_outputs_in_float32(build, architecture):
    model = build(architecture, SHAPE, 10, "mixed_bfloat16")
    assert "mixed_bfloat16" in {layer.dtype_policy.name for layer in model.layers}
    assert {weight.dtype for weight in model.weights} == {"float32"}
    assert model.output.dtype == "float32"


@pytest.mark.parametrize("architecture", LOSS_NETWORKS)
def test_loss_networks_give_one_logit_a_class(architecture, clothes):
    network = build_loss_network(architecture, SHAPE, 7)
    logits = network.predict_on_batch(clothes)
    assert logits.shape == (3, 7)
    assert any(layer.name == "map_1" for layer in network.layers)


@pytest.mark.parametrize("architecture", LOSS_NETWORKS)
def test_folding_normalisation_leaves_every_feature_as_it_was(architecture, clothes):
    network = build_loss_network(architecture, SHAPE, 10)
    random = np.random.default_rng(0)
    for layer in layers(network, keras.layers.BatchNormalization):
        layer.set_weights([random.uniform(0.5, 2, weight.shape) for weight in layer.get_weights()])
    folded = fold_normalisation(network)
    assert not layers(folded, keras.layers.BatchNormalization)
    names = [layer.name for layer in network.layers if layer.name.startswith("map_")] + ["logits"]
    before, after = (
        keras.Model(one.input, [one.get_layer(name).output for name in names]).predict_on_batch(clothes)
        for one in (network, folded)
    )
    for name, expected, received in zip(names, before, after, strict=True):
        np.testing.assert_allclose(received, expected, rtol=1e-3, atol=1e-3 * np.abs(expected).max(), err_msg=name)


def test_study_a_encoder_is_three_strided_convolutions():
    encoder = build_encoder("study_a", SHAPE, 5)
    assert convolutions(encoder) == [(32, 2)] * 3
    assert {layer.kernel_size for layer in layers(encoder, keras.layers.Conv2D)} == {(3, 3)}
    assert [layer.units for layer in layers(encoder, keras.layers.Dense)] == [5]


def test_study_a_decoder_doubles_three_times_from_4x4():
    decoder = build_decoder("study_a", SHAPE, 5)
    convs = layers(decoder, keras.layers.Conv2D)
    assert [layer.units for layer in layers(decoder, keras.layers.Dense)] == [2048]
    assert layers(decoder, keras.layers.Reshape)[0].target_shape == (4, 4, 128)
    assert [layer.filters for layer in convs] == [128, 64, 32, 16, 1]
    assert [layer.kernel_size for layer in convs] == [(3, 3)] * 4 + [(1, 1)]
    assert [layer.padding for layer in convs] == ["same", "same", "valid", "same", "same"]
    assert len(layers(decoder, keras.layers.UpSampling2D)) == 3


def test_study_a_loss_network_has_six_convolutions_and_a_tap_of_2304():
    network = build_loss_network("study_a", SHAPE, 10)
    assert convolutions(network) == [(filters, 1) for filters in (32, 64, 128, 128, 256, 256)]
    assert len(layers(network, keras.layers.MaxPooling2D)) == 3
    assert {layer.rate for layer in layers(network, keras.layers.Dropout)} == {0.5}
    assert network.get_layer("flat").output.shape == (None, 2304)


def test_study_b_encoder_keeps_full_size_in_its_first_convolution():
    encoder = build_encoder("study_b", SHAPE, 16)
    assert convolutions(encoder) == [(32, 1), (64, 2), (128, 2)]
    assert len(layers(encoder, keras.layers.LeakyReLU)) == 3


def test_study_b_decoder_goes_from_7x7_by_transposed_convolutions():
    decoder = build_decoder("study_b", SHAPE, 16)
    assert [layer.units for layer in layers(decoder, keras.layers.Dense)] == [7 * 7 * 128]
    assert convolutions(decoder, keras.layers.Conv2DTranspose) == [(64, 2), (32, 2), (1, 1)]
    assert len(layers(decoder, keras.layers.LeakyReLU)) == 2


@pytest.mark.parametrize("build", [build_encoder, build_decoder, build_loss_network])
def test_unknown_architecture_lists_the_known_ones(build):
    with pytest.raises(UnknownNameError, match=r"'resnet'.*default, .*study_a"):
        build("resnet", SHAPE, 10)
