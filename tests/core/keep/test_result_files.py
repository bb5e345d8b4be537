"""Files in a result, such as a model: kept whole beside its arrays, every byte checked."""

from types import SimpleNamespace

import numpy as np
import pytest

from core.keep import results
from core.keep.results import NoSettings, Result
from tests.core.small_runs import flip, write

STAGE = SimpleNamespace(name="readout", version=1)
CONTENT = bytes(range(256)) * 9


def keep(run, **files):
    arrays = {"points": np.arange(3)}
    results.put(run, STAGE, NoSettings(), Result({"mse": 0.25}, arrays, 2.5, {"model.onnx": CONTENT, **files}))


def test_files_are_found_again_beside_values_and_arrays(artifacts):
    run = write()
    keep(run, notes=b"")
    found = results.get(run, STAGE, NoSettings())
    assert found.files == {"model.onnx": CONTENT, "notes": b""}
    assert (found.values, found.seconds, list(found.arrays)) == ({"mse": 0.25}, 2.5, ["points"])


def test_a_result_with_a_damaged_file_is_as_good_as_none(artifacts):
    run = write()
    keep(run)
    flip(next((artifacts / "results").rglob("model.onnx")))
    assert results.get(run, STAGE, NoSettings()) is None


@pytest.mark.parametrize("name", ["result.json", "manifest.json", "points.npy"])
def test_no_file_takes_the_name_of_something_else(artifacts, name):
    run = write()
    with pytest.raises(ValueError, match=name):
        keep(run, **{name: b""})
    assert results.get(run, STAGE, NoSettings()) is None


def test_each_result_goes_on_from_a_place_of_its_own(artifacts):
    one, other = write(seed=1), write(seed=2)
    places = {
        results.checkpoint_of(run, SimpleNamespace(name="readout", version=version), NoSettings())
        for run in (one, other)
        for version in (1, 2)
    }
    assert len(places) == 4
    assert {place.parent for place in places} == {artifacts / "checkpoints"}
    assert results.checkpoint_of(one, STAGE, NoSettings()).name.startswith(f"{one.id}-readout-")
