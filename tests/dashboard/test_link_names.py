"""Names of clusters that go where the link goes."""

import pytest

from core.keep import namings
from core.keep.namings import Naming
from core.keep.run import Run
from core.settings import ClusteringConfig
from dashboard import link_names
from tests import linear_runs
from tests.dashboard.test_links import open_link, refusals

NAMING = Naming("set", "run", ClusteringConfig(20))
OTHER = Naming("set", "run", ClusteringConfig(21))


@pytest.fixture
def state(monkeypatch) -> dict:
    found = {}
    monkeypatch.setattr(link_names.st, "session_state", found)
    return found


def test_names_are_read_as_they_were_written():
    names = {"0123abcd": {3: "boats, ~small.= 100 %", 11: "Straße"}, "ffffffff": {0: "hat", 2: ""}}
    text = link_names.written(names)
    assert link_names.read(text) == names
    assert link_names.written({"0123abcd": {}}) == ""


@pytest.mark.parametrize(
    "text",
    ["", "boats", "0123abcd", "0123abcd.", "0123abcd.x=a", "0123abcd.3", "0123abcd.251=a", "0123ABCD.3=a", "0123abcd.3=%07",
     "0123abcd.3=" + "a" * 61, "~".join(["0123abcd.3=" + "a" * 60] * 40)],
)  # fmt: skip
def test_what_names_nothing_is_refused(text):
    assert link_names.read(text) is None
    assert link_names.parameter().read(text) is None


def test_each_clustering_has_its_own_and_the_link_comes_before_what_is_kept(state):
    kept = NAMING.named(1, "kept")
    assert link_names.seen(kept) is kept
    assert link_names.put(kept, {1: "", 3: "boats"})
    assert link_names.seen(kept).names == {3: "boats"}
    assert link_names.put(OTHER, {0: "hat"})
    assert link_names.seen(kept).names == {3: "boats"}
    assert link_names.seen(OTHER).names == {0: "hat"}
    assert link_names.put(OTHER, {})
    assert link_names.seen(OTHER.named(5, "kept")).names == {5: "kept"}


def test_no_more_is_put_in_the_link_than_arrives_everywhere(state):
    assert not link_names.put(NAMING, dict.fromkeys(range(60), "a" * 60))
    assert state == {}


@pytest.fixture
def run(artifacts, monkeypatch) -> Run:
    """The only run on a set without labels."""
    found = linear_runs.image_set(5, labelled=False, train=200, test=60, name="nameless")
    return linear_runs.write(linear_runs.use(monkeypatch, found))


QUERY = {"dataset": "Nameless", "latent": "4", "losses": "Pixel MSE", "k": "5", "cluster": "mse.5.3"}
CONFIG = ClusteringConfig(5)


def test_a_name_goes_with_the_link_to_a_store_that_does_not_know_it(run):
    app = open_link("clusters", **QUERY)
    (box,) = (one for one in app.text_input if one.label == "Name of cluster 3")
    box.set_value("round ones").run()
    assert not app.exception
    naming = namings.get("nameless", run.id, CONFIG)
    assert naming.names == {3: "round ones"}
    link = app.query_params["names"]
    link = link if isinstance(link, str) else link[0]
    assert link_names.read(link) == {link_names.digest(naming): {3: "round ones"}}
    namings.change("nameless", run.id, CONFIG, Naming.cleared)
    assert "name" not in open_link("clusters", **QUERY).dataframe[0].value
    elsewhere = open_link("clusters", **QUERY, names=link)
    assert refusals(elsewhere) == []
    assert elsewhere.dataframe[0].value["name"].dropna().to_dict() == {3: "round ones"}
    # A name that is added keeps those that came with the link.
    elsewhere = open_link("clusters", **{**QUERY, "cluster": "mse.5.2"}, names=link)
    (box,) = (one for one in elsewhere.text_input if one.label == "Name of cluster 2")
    box.set_value("flat ones").run()
    assert namings.get("nameless", run.id, CONFIG).names == {3: "round ones", 2: "flat ones"}
    assert namings.get("nameless", run.id, CONFIG).undone().names == {}


def test_on_a_server_for_looking_only_names_are_kept_in_the_link_alone(run, monkeypatch):
    namings.change("nameless", run.id, CONFIG, lambda naming: naming.named(3, "kept"))
    monkeypatch.setenv("LATENT_LENS_LOOK_ONLY", "1")
    app = open_link("clusters", **QUERY)
    for given, names in (("round ones", {3: "round ones"}), ("", {})):
        (box,) = (one for one in app.text_input if one.label == "Name of cluster 3")
        box.set_value(given).run()
        assert not app.exception
        assert not app.error
        table = app.dataframe[0].value
        assert ("name" in table and table["name"].dropna().to_dict()) == (names or False)
        assert namings.get("nameless", run.id, CONFIG).names == {3: "kept"}
