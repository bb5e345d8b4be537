"""Addresses of what the server hands out, below the path that it is asked to live under (`server.baseUrlPath`)."""

import streamlit as st


def address(path: str) -> str:
    """`path`, which begins with a slash, as the browser has to ask for it."""
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}{path}" if base else path
