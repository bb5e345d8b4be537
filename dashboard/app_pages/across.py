"""Clusters across models: which clusters of two models fit together, where images go that do not stay, what each class gains."""

import streamlit as st

from dashboard import across_changes, across_flow, across_words, queries
from dashboard.missing import available_runs, without_labels
from dashboard.pair import choose_pair, pair_line
from dashboard.told import plain
from dashboard.view import current

selection = current()
st.title("Clusters across models")
runs = available_runs(selection)
one, other = choose_pair(runs)
pair_line(one, other)
found = queries.comparison(one.run, other.run, selection.clustering, selection.split)
st.markdown(across_words.together(found, one.title, other.title, selection.split_words))
numbers = across_words.agreement(found.agreement)
st.markdown(
    across_words.agree(found, numbers), help="\n\n".join(f"**{number.title}**: {number.help}" for number in numbers)
)
across_flow.show(selection, one, other, found)
if found.gains:
    st.header(f"What changes from {plain(one.title)} to {plain(other.title)}")
    across_changes.show(selection, one, other, found)
else:
    without_labels("gains and losses of classes")
