"""A page with one map of as many points as the link says (`?points=1000000`), drawn as the dashboard draws its own.

The points are those of a bundled map, repeated with a little noise: its shapes and crowding, at any number.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

import numpy as np
import streamlit as st

from core import project_run
from core.analyse import map_geometry
from core.settings import ClusteringConfig, ProjectionConfig
from dashboard import map_charts, queries, server
from dashboard.components.live_chart import live_chart
from dashboard.components.map_link import LinkedMap, Model, map_link, outline, view

KEY = "link"


@st.cache_resource
def crowd(count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """int16 points (count, 2), and the true and the said class of each."""
    run = queries.runs().find("fashion_mnist", "perceptual", 10)
    points = project_run(run, ProjectionConfig("tsne"))
    random = np.random.default_rng(0)
    rows = np.arange(count) % len(points)
    noise = random.normal(scale=0.6, size=(count, 2)) * (np.arange(count) >= len(points))[:, None]
    said = queries.clustering(run, ClusteringConfig()).predicted("test")
    return map_geometry.quantise(points[rows] + noise), queries.labels("fashion_mnist", "test")[rows], said[rows]


def show() -> None:
    count = int(st.query_params.get("points", "10000"))
    points, labels, said = crowd(count)
    started = time.perf_counter()
    drawn = outline(KEY)
    chosen = np.flatnonzero(map_geometry.inside(points, drawn["x"], drawn["y"])) if drawn else None
    selecting = time.perf_counter() - started
    names = [str(digit) for digit in range(10)]
    started = time.perf_counter()
    figure = map_charts.embedding_map(
        points, name=f"{count}", colouring="class", values=labels, chosen=chosen, view=view(KEY, "map_0")
    )
    drawing = time.perf_counter() - started
    st.title(f"{count:,} points")
    live_chart(figure, config=map_charts.MAP_CONFIG, key="map_0", alt="")
    cards = [f"cluster says {name}" for name in names]
    map_link(
        [LinkedMap("map_0", points, "one")], {"one": Model("One", "#888888", said, cards)}, key=KEY, dataset="fashion_mnist",
        parts=[("test", count)], labels=labels, names=names,
    )  # fmt: skip
    words = "none chosen" if chosen is None else f"{len(chosen)} chosen"
    st.markdown(
        f"drawn {figure['layout']['meta']['drawn']} of {count}, {words}, drawing {drawing:.4f} s, selecting {selecting:.4f} s"
    )


if __name__ == "__main__":
    show()
else:
    app = st.App(__file__, routes=server.ROUTES)
