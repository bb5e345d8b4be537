"""The least that a Streamlit page can be: what a server of such pages takes anyway."""

import streamlit as st

st.number_input("k", value=20, key="k")
st.write(st.session_state.k)
