"""A user's own pictures: looked at first, added as an image set, renamed and removed.

adding = Adding("photos.zip", name="Birds", size=32)      # see `choices.Adding` for what can be chosen
preview(adding)                     -> Preview            # raises InvalidInputError where nothing can be added
add_pictures(adding, on_event=...)  -> Added              # events as of a training; raising from `on_event` cancels
rename(name, title)                 -> ImageSetInfo       # name: "own-" and 16 hex digits
remove(name, runs=False)            -> list[str]          # ids of the runs removed with it
runs_on(name)                       -> list[str]
"""

from core.data.own.adding import add_pictures, preview
from core.data.own.choices import FITS, LEAST_SPLIT, MOST_SPLIT, SIZES, Adding
from core.data.own.library import DamagedSet, remove, rename, runs_on
from core.data.own.outcome import Added, Preview, Skipped

__all__ = [
    "FITS",
    "LEAST_SPLIT",
    "MOST_SPLIT",
    "SIZES",
    "Added",
    "Adding",
    "DamagedSet",
    "Preview",
    "Skipped",
    "add_pictures",
    "preview",
    "remove",
    "rename",
    "runs_on",
]
