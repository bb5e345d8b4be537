"""One image: a page of its own. What it shows of the image is drawn below by `dashboard.image_panel`, as beside other pages."""

import streamlit as st

st.title("One image")
st.markdown(
    "What each model makes of one picture: how it is drawn again, which cluster it falls into, what lies next to it."
)
