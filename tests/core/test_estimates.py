"""How long a training will take, by what it does and what earlier ones took."""

import dataclasses
import shutil
from types import SimpleNamespace

import pytest

from core import Run, list_runs
from core.data import PUBLISHED, dataset_info
from core.estimates import estimate_seconds, newest_alike
from core.keep.judges import UNSEEN, Judge, put_judge, usual_judge
from core.settings import LossNetworkConfig, RunConfig


def earlier(config: RunConfig, rate: float, created: str = "2026-01-01T00:00:00", maps: float = 30.0):
    """What an earlier run on this machine tells."""
    timings = {"loss network": 300.0, "autoencoder": 200.0, "maps": maps}
    summary = {"created": created, "timings": timings, "metrics": {}}
    return SimpleNamespace(config=config, history=[{"images_per_second": rate}], summary=summary)


def test_more_epochs_take_longer_by_the_same_time_each():
    one, two, three = (estimate_seconds(RunConfig(loss="mse", epochs=epochs), []) for epochs in (1, 2, 3))
    assert two - one == pytest.approx(three - two)
    assert two > one


def test_fewer_images_take_less_time():
    some, all_of_them = RunConfig(images=20_000), RunConfig()
    assert estimate_seconds(some, []) < estimate_seconds(all_of_them, []) - 60
    network = RunConfig(loss_network=LossNetworkConfig(seed=5, images=20_000))
    assert estimate_seconds(network, []) < estimate_seconds(RunConfig(loss_network=LossNetworkConfig(seed=5)), []) - 60


def test_larger_pictures_take_longer_in_proportion_to_their_pixels(monkeypatch):
    info = PUBLISHED["mnist"].info
    seconds = []
    for side in (28, 56):
        larger = dataclasses.replace(info, shape=(side, side, 3))
        monkeypatch.setitem(PUBLISHED, "mnist", SimpleNamespace(info=larger))
        one, two = (estimate_seconds(RunConfig("mnist", "mse", epochs=epochs), []) for epochs in (1, 2))
        seconds.append(two - one)
    assert seconds == pytest.approx([55_000 / 4800, 4 * 55_000 / 4800])


def test_a_loss_that_compares_by_a_network_costs_its_passes_too():
    one, two = (estimate_seconds(RunConfig(epochs=epochs), []) for epochs in (1, 2))
    assert two - one == pytest.approx(55_000 * (1 / 4800 + 1 / 6700))


def test_a_loss_network_that_is_there_already_is_not_counted(artifacts):
    network = LossNetworkConfig(seed=5)  # the one of seed 0 comes with the project
    config = RunConfig(loss_network=network)
    before = estimate_seconds(config, [])
    (artifacts / "cache" / "loss_networks" / network.network_id).mkdir(parents=True)
    assert estimate_seconds(config, []) < before - 60


def test_the_newest_run_of_the_same_kind_gives_the_rate():
    config = RunConfig(loss="mse")
    slow = earlier(RunConfig(loss="bce"), 500, "2026-01-01T00:00:00")
    fast = earlier(RunConfig(loss="bce"), 5000, "2026-01-02T00:00:00")
    other_kind = earlier(RunConfig(), 50, "2026-01-03T00:00:00")
    assert estimate_seconds(config, [slow]) > estimate_seconds(config, [slow, fast, other_kind])
    assert estimate_seconds(config, [fast]) == estimate_seconds(config, [slow, fast, other_kind])


def test_a_run_on_another_dataset_tells_nothing():
    config = RunConfig(loss="mse")
    digits = earlier(RunConfig(dataset="digits", loss="mse"), 50, "2026-01-03T00:00:00")
    assert newest_alike(config, [digits]) is None
    assert estimate_seconds(config, [digits]) == estimate_seconds(config, [])


def test_what_comes_after_the_training_takes_as_long_as_it_did():
    config = RunConfig(loss="mse", epochs=2)
    images = 55_000
    assert estimate_seconds(config, [earlier(config, 1000, maps=70.0)]) == pytest.approx(70 + 2 * images / 1000)


def test_what_is_computed_once_a_run_is_stored_is_counted():
    config = RunConfig(loss="mse", epochs=2)
    one = earlier(config, 1000, maps=0)
    with_results = estimate_seconds(config, [one])
    del one.summary["metrics"]  # the run itself was timed, not its results
    read_out, judge = 10 * 55_000 / 7000, 5 * 55_000 / 3000
    assert estimate_seconds(config, [one]) == pytest.approx(with_results + 5 + 12 + 15 + read_out + judge)
    put_judge(Judge(usual_judge(dataset_info(config.dataset), UNSEEN), b"", 0.9))
    assert estimate_seconds(config, [one]) == pytest.approx(with_results + 5 + 12 + 15 + read_out)


@pytest.mark.parametrize("name", ["history.json", "summary.json", "config.json", "manifest.json"])
def test_a_run_that_cannot_be_read_tells_nothing(mse_run, name):
    config = mse_run.config
    assert newest_alike(config, list_runs()[0]) == mse_run
    known = [Run(mse_run.path, bundled=False)]
    content = (mse_run.path / name).read_bytes()
    (mse_run.path / name).write_bytes(content[:20] + bytes([content[20] ^ 1]) + content[21:])
    assert newest_alike(config, known) is None
    assert estimate_seconds(config, known) == estimate_seconds(config, [])


def test_a_run_that_was_deleted_meanwhile_or_without_a_rate_tells_nothing(mse_run):
    known = list_runs()[0]
    shutil.rmtree(mse_run.path)
    assert newest_alike(mse_run.config, known) is None
    config = RunConfig(loss="mse")
    for rate in (0, 5e-324, -1):
        assert newest_alike(config, [earlier(config, rate)]) is None
