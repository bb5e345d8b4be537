"""Small front-end parts that Streamlit has no element for."""
