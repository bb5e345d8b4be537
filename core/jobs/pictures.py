"""The job that adds a set of a user's own pictures."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from core.data import own
from core.data.own import Adding
from core.keep.files import ARRIVING
from core.paths import uploads_folder


class AddPictures:
    """Add pictures as an image set. Nothing half-added stays; asked again, it begins anew."""

    settings = Adding
    lane = "pictures"  # beside trainings, one after the other

    def read(self, data: dict[str, Any]) -> Adding:
        return Adding.from_json(data)

    def target(self, settings: Adding) -> str:
        return json.dumps(settings.to_json(), sort_keys=True)

    def check(self, settings: Adding) -> None:
        own.check_source(settings)

    def is_made(self, settings: Adding) -> bool:
        return False  # only the pictures say under which name

    def work(self, settings: Adding, on_event: Callable[[dict[str, Any]], object]) -> str:
        added = own.add_pictures(settings, on_event=on_event)
        for path in (settings.source, settings.test, settings.labels):
            discard_upload(path)
        return added.info.name


def discard_upload(path: str | None) -> None:
    """Remove the folder of uploaded files that `path` lies in; what is not an upload stays."""
    place = uploads_folder()
    if path and Path(path).is_relative_to(place):
        folder = place / Path(path).relative_to(place).parts[0]
        if folder.name.startswith(ARRIVING):
            shutil.rmtree(folder, ignore_errors=True)
