"""The dashboard's entry: page configuration and navigation, nothing else. Start: `streamlit run dashboard/app.py`.

The server imports this file once, to serve it; then it runs it as `__main__` for every visitor.
"""

import contextlib
import sys
from functools import partial
from pathlib import Path

# `streamlit run` puts this file's folder on the import path, not the repository's root. With the root in its place,
# `core` and `dashboard` import under one name each, however the app is started.
ROOT = Path(__file__).resolve().parent.parent
sys.path[:] = [
    str(ROOT),
    *(entry for entry in sys.path if Path(entry or ".").resolve() not in (ROOT, ROOT / "dashboard")),
]

import streamlit as st  # noqa: E402

PAGES = [
    ("overview", "Overview", ":material/home:", "What this is, and how the chosen losses compare."),
    (
        "reconstructions",
        "Reconstructions",
        ":material/compare:",
        "Originals above what each loss redraws; try a picture.",
    ),
    (
        "embedding_map",
        "Embedding map",
        ":material/scatter_plot:",
        "The losses' maps side by side, linked by hover and lasso.",
    ),
    (
        "explorer",
        "Latent explorer",
        ":material/tune:",
        "Turn the latent numbers, walk between images, see what is drawn.",
    ),
    ("clusters", "Clusters", ":material/workspaces:", "What each cluster holds and how pure it is."),
    ("confusion", "Confusion matrix", ":material/grid_on:", "Which classes the clusters mix up."),
    (
        "across",
        "Clusters across models",
        ":material/account_tree:",
        "Which clusters of two models fit together, and what changes.",
    ),
    (
        "disagreement",
        "Disagreement",
        ":material/call_split:",
        "The images on which two models part, with their neighbours.",
    ),
    ("image", "One image", ":material/image_search:", "One picture under every loss, and its neighbours."),
    ("train", "Train", ":material/model_training:", "Train a combination that is not there yet, and watch it."),
    ("add_pictures", "Add pictures", ":material/add_photo_alternate:", "Pictures of your own, as a set to train on."),
    ("runs", "Runs", ":material/inventory_2:", "All trained runs: settings, scores, durations."),
]


def show() -> None:
    """What one visitor's run of the app does."""
    from dashboard import coming_back, image_link, image_panel, link, page_choices, view
    from dashboard.components.readable import readable
    from dashboard.first_sight import DRAWN
    from dashboard.missing import NothingToShowError
    from dashboard.sidebar import sidebar
    from dashboard.told import errors_told
    from dashboard.turns import turn

    st.set_page_config(page_title="Latent Lens", page_icon=str(ROOT / "dashboard" / "icon.png"), layout="wide")
    page = st.navigation(
        [
            st.Page(
                f"app_pages/{name}.py",
                title=title,
                icon=icon,
                help=text,
                url_path=name if name != "overview" else None,
                default=name == "overview",
            )
            for name, title, icon, text in PAGES
        ]
    )
    readable()
    st.logo(str(ROOT / "dashboard" / "logo.svg"), size="large", icon_image=str(ROOT / "dashboard" / "icon.png"))
    above = st.container()  # also where there is nothing to say: the rest of the page must not change its place
    beside = image_panel.place()

    def choices() -> None:
        sidebar(page.url_path)
        page_choices.put_right(page.url_path, view.current())
        image_link.put_right(view.current().info)
        link.tell(above)

    parts = [choices, page.run]
    # A first visit shows the overview before the sidebar, which takes the browser longer to draw.
    if page.url_path == "" and not st.session_state and not st.query_params:
        parts = [page.run, partial(st.html, DRAWN), choices]
    parts += [partial(image_panel.show, page.url_path, beside), partial(coming_back.remember, page.url_path)]
    for part in parts:
        with turn(), errors_told(), contextlib.suppress(NothingToShowError):
            part()


if __name__ == "__main__":
    show()
else:
    from dashboard import quiet, settings

    settings.hold()  # before anything else asks for one
    quiet.keep_quiet()

    from dashboard import server

    app = st.App(
        __file__,
        lifespan=server.lifespan,
        routes=server.ROUTES,
        middleware=server.MIDDLEWARE,
        exception_handlers=server.EXCEPTION_HANDLERS,
    )
