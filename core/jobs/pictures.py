"""The job that adds a set of a user's own pictures."""

import json
import shutil
from pathlib import Path
from typing import Any

from core.data.own import Adding
from core.data.own.choices import check_title
from core.errors import InvalidInputError
from core.events import OnEvent
from core.keep.files import ARRIVING
from core.paths import uploads_folder


class AddPictures:
    """Add pictures as an image set. Nothing half-added stays; asked again, it begins anew."""

    settings = Adding
    lane = "pictures"  # beside trainings, one after the other
    resumes = "Nothing of it was kept: try again."

    def read(self, data: dict[str, Any]) -> Adding:
        return Adding.from_json(data)

    def target(self, settings: Adding) -> str:
        return json.dumps(settings.to_json(), sort_keys=True)

    def check(self, settings: Adding) -> None:
        check_title(settings.name)
        if not Path(settings.source).exists():
            raise InvalidInputError(
                f"{settings.source} is not there. Expected a folder or file of pictures: choose them anew."
            )

    def is_made(self, settings: Adding) -> bool:
        return False  # only the pictures say under which name

    def work(self, settings: Adding, on_event: OnEvent) -> str:
        from core.data import own

        added = own.add_pictures(settings, on_event=on_event)
        for path in (settings.source, settings.test, settings.labels):
            discard_upload(path)
        return added.info.name


def discard_upload(path: str | None) -> None:
    """Remove the folder of uploaded files that `path` lies in; what is not an upload stays."""
    place = uploads_folder()
    parts = Path(path).relative_to(place).parts if path and Path(path).is_relative_to(place) else ()
    if parts and parts[0].startswith(ARRIVING):
        shutil.rmtree(place / parts[0], ignore_errors=True)
