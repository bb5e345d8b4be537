"""Weights as bytes: the same when they are read again, also where the disk refuses."""

import os
import subprocess
import sys

import keras
import numpy as np

from core.learn.weights import weights_bytes
from core.paths import ROOT

# A training of a small model, again and again with room for less of its checkpoint.
SAVE = """
import os, resource
from pathlib import Path
from core.errors import StorageWriteError
from core.learn.checkpoint import save
from tests.core.learn.test_weights import small_model

model, folder = small_model(), Path("checkpoint")
save(model, folder, [])
size = max(file.stat().st_size for file in folder.iterdir())
for room in range(1000, size, size // 20):
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
    try:
        save(model, folder, [])
    except StorageWriteError as error:
        print("told" if "File too large" in str(error) else error, flush=True)
"""


def small_model() -> keras.Model:
    model = keras.Sequential([keras.layers.Input((20,)), *(keras.layers.Dense(20) for _ in range(6))])
    model.compile("adam", "mse")
    model.optimizer.build(model.trainable_variables)
    return model


def test_weights_and_the_optimiser_s_state_come_back_to_the_same_bits(tmp_path):
    model, other = small_model(), small_model()
    model.train_on_batch(np.ones((4, 20)), np.ones((4, 20)))
    (tmp_path / "a.weights.h5").write_bytes(weights_bytes(model))
    other.load_weights(tmp_path / "a.weights.h5")
    for one, two in zip(model.variables, other.variables, strict=True):
        np.testing.assert_array_equal(one, two)
    for one, two in zip(model.optimizer.variables, other.optimizer.variables, strict=True):
        np.testing.assert_array_equal(one, two)


def test_a_disk_that_refuses_a_checkpoint_is_told_and_does_not_end_the_process(tmp_path):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    result = subprocess.run([sys.executable, "-c", SAVE], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-2000:]
    assert set(result.stdout.split()) == {"told"}
