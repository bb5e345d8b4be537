"""Names of clusters in the link: what a visitor calls them goes where the link goes, whatever a server keeps.

Written `1a2b3c4d.3=boats,5=hats~...`: for each clustering that was named, by a digest of run and settings, all of its names.
"""

import dataclasses
import hashlib
import re
from collections.abc import Mapping
from urllib.parse import unquote

import streamlit as st

from core.errors import InvalidInputError
from core.keep.namings import Naming, checked_name
from core.settings import MAX_CLUSTERS
from dashboard.link import Parameter

KEY = "names"  # of the value in the link, and in the visitor's state
MOST = 1800  # characters: longer addresses do not arrive everywhere
_RESERVED = re.compile(r"[%.=,~]")

Names = dict[str, dict[int, str]]  # by digest


def digest(naming: Naming) -> str:
    """What stands in links for a run and the settings of its clustering."""
    return hashlib.sha256(naming.key.encode()).hexdigest()[:8]


def written(names: Mapping[str, Mapping[int, str]]) -> str:
    """Names as a link holds them; clusterings without any are left out."""

    def plain(name: str) -> str:
        return _RESERVED.sub(lambda found: f"%{ord(found[0]):02X}", name)

    parts = []
    for key, of_clusters in names.items():
        listed = ",".join(f"{cluster}={plain(name)}" for cluster, name in sorted(of_clusters.items()))
        if listed:
            parts.append(f"{key}.{listed}")
    return "~".join(parts)


def read(text: str) -> Names | None:
    """The names that a link holds; None for a text that holds none, or one that cannot be."""
    found: Names = {}
    for part in text.split("~"):
        key, _, listed = part.partition(".")
        if not re.fullmatch(r"[0-9a-f]{8}", key) or len(text) > MOST:
            return None
        found[key] = {}
        for one in listed.split(","):
            cluster, sign, name = one.partition("=")
            if not sign or not re.fullmatch(r"[0-9]{1,3}", cluster) or int(cluster) > MAX_CLUSTERS:
                return None
            try:
                found[key][int(cluster)] = checked_name(unquote(name))
            except InvalidInputError:
                return None
    return found


def parameter() -> Parameter:
    """What a link can say of names."""

    def usable(text: str) -> str | None:
        return text if read(text) is not None else None

    return Parameter(usable, "names of clusters as this app writes them", "the names kept here")


def seen(naming: Naming) -> Naming:
    """The names that the visitor sees: the link's for this clustering, where it has any; else those that are kept."""
    names = _now().get(digest(naming))
    return (
        naming
        if names is None
        else dataclasses.replace(naming, names={one: name for one, name in names.items() if name})
    )


def put(naming: Naming, names: Mapping[int, str]) -> bool:
    """Have the link hold exactly these names of this clustering. False, and nothing done, where they are more than a link holds."""
    text = written({**_now(), digest(naming): names})
    if len(text) > MOST:
        return False
    st.session_state[KEY] = text
    return True


def _now() -> Names:
    return read(st.session_state.get(KEY) or "") or {}
