"""Confusion matrix: which classes the clusters mix up, or how the clusters of two models fit together; a cell opens its images."""

import streamlit as st

from dashboard import queries
from dashboard.confusion_classes import show_classes
from dashboard.confusion_models import show_models
from dashboard.missing import available_runs
from dashboard.page_choices import MATRIX_KINDS
from dashboard.view import current

selection = current()
st.title("Confusion matrix")
runs = available_runs(selection)
names = queries.class_names(selection.dataset)
kinds = [kind for kind in MATRIX_KINDS if len(runs) > 1 or kind != "models"]
kind = "classes"
if not names:
    kind = "models" if len(runs) > 1 else "nothing"
    st.caption(
        ":material/label_off: These images have no labels, so there are no classes to mix up. Name the clusters under **Clusters** to get "
        "a matrix of your names" + (", or choose a second model to see how the clusters of both fit together." if kind == "nothing" else ".")
    )  # fmt: skip
elif len(kinds) > 1:
    kind = st.segmented_control(
        "Compare", kinds, default="classes", format_func=MATRIX_KINDS.get, key="matrix", bind="query-params", required=True,
    )  # fmt: skip
if kind == "classes":
    show_classes(selection, runs, names)
elif kind == "models":
    show_models(selection, runs)
