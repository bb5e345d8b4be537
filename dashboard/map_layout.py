"""Where the parts of the embedding map stand: maps side by side as high as the window allows, and beside them what is chosen."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_ABOVE = 374  # pixels of the window that the header, the buttons, the legend and a heading take
_LEAST, _MOST = 280, 900  # pixels
_STYLE = """<style>
.stMainBlockContainer:has(.st-key-map_row) {padding:3.6rem 1.25rem 2rem}
.stMainBlockContainer:has(.st-key-map_row) h1 {padding:0 0 .25rem; font-size:1.9rem}
.st-key-map_choices button, .st-key-map_tools button {padding-inline:.5rem}
.st-key-maps {display:grid; grid-template-columns:minmax(0,1fr); gap:.5rem 1rem; align-items:end}
.st-key-maps [class*="st-key-heading_"] {min-height:2.6em; font-size:.875rem; line-height:1.3}
.st-key-maps [class*="st-key-heading_"] p {font-size:.875rem; line-height:1.3}
.st-key-map_panel, .st-key-pinned_near {gap:.5rem}
.st-key-map_panel :is(.stButton, .stDownloadButton, .stPopover) button {min-height:2rem; padding:.1rem .5rem}
.st-key-map_panel p {font-size:.875rem; line-height:1.35}
.st-key-map_area {container:maps / inline-size}
.st-key-map_row {display:grid; grid-template-columns:minmax(0,1fr); gap:.75rem}
.st-key-map_controls {container:controls / inline-size}
@container controls (max-width:859.9px) {
  .st-key-map_choices, .st-key-map_tools {gap:.35rem .6rem}
  .st-key-map_choices :is(.stButtonGroup, .stSlider) {display:flex; flex-flow:row wrap; align-items:center; gap:0 .35rem}
  .st-key-map_choices [data-testid="stWidgetLabel"] {width:auto; margin:0}
  .st-key-map_choices .stSlider {flex-wrap:nowrap}
  .st-key-map_choices .stSlider > * {min-width:0}
  .st-key-map_choices .stSlider > label {flex:none}
  .st-key-map_choices .stSlider > label p {white-space:nowrap; overflow-wrap:normal}
  .st-key-map_choices .stSlider [data-testid="stTooltipIcon"] {display:none}
  .st-key-map_choices [data-testid="stElementContainer"]:has(.stSlider) {width:9.2rem; height:2.4rem}
  .st-key-map_controls .stButtonGroup [role="radiogroup"] {flex-wrap:wrap; overflow:visible; row-gap:.25rem}
}
@container maps (min-width:480px) {
  .st-key-maps {grid-template-columns:repeat(var(--across, 2), minmax(0,1fr))}
}
@container maps (min-width:480px) and (max-width:859.9px) {
  .st-key-map_row {--above:470px}
  .st-key-map_row > :has(> .st-key-map_panel), .st-key-map_row > .st-key-map_panel {order:-1}
  .st-key-map_panel {max-height:9rem; overflow-y:auto}
  .stApp:has(.st-key-image_close) .st-key-pinned_near {display:none} /* the image beside the page shows them */
}
@container maps (min-width:1400px) {
  .st-key-maps {grid-template-columns:repeat(var(--most-across, 2), minmax(0,1fr))}
}
@container maps (min-width:860px) {
  .st-key-map_row {grid-template-columns:minmax(0,1fr) 15.5rem}
  .st-key-map_panel {max-height:calc(100dvh - 332px); min-height:320px; overflow-y:auto; padding:3px}
}
</style>"""


def layout(maps: int) -> tuple[DeltaGenerator, DeltaGenerator]:
    """The places of so many maps, and of what is chosen: beside them where the page has room, with less above them, on a phone below.

    Room is what sidebar and image panel leave: from 900 pixels of the window on two maps stand side by side, from 1200 on with what
    is chosen beside them.
    """
    row = st.container(key="map_area").container(key="map_row")
    row.html(f"{_STYLE}<style>:root {{--across:{min(maps, 2)}; --most-across:{maps}}}</style>")
    return row.container(key="maps"), row.container(key="map_panel")


def chart_height(maps: int) -> str:
    """The height of each of so many maps, as CSS has it: what the window leaves, of which two rows of maps take half each."""
    left = f"calc((100dvh - var(--above, {_ABOVE}px)) / {1 if maps <= 2 else 2})"
    return f"clamp({_LEAST}px, min({left}, 105vw), {_MOST}px)"
