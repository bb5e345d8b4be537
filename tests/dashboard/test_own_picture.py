import io

import numpy as np
import pytest
from PIL import Image

from core.data import Framing, ImageSetInfo
from core.data.picture_files import open_picture
from dashboard import own_picture
from tests.core.picture_makers import png
from tests.dashboard.conftest import open_page, texts

DRESS = np.full((60, 60), 250)
DRESS[10:50, 25:35] = 20


@pytest.fixture
def opened(monkeypatch) -> list[bytes]:
    """The files that were unpacked."""
    files = []

    def count(data, **how):
        files.append(data)
        return open_picture(data, **how)

    monkeypatch.setattr(own_picture, "open_picture", count)
    return files


def upload(app, data: bytes):
    app.file_uploader(key="upload").set_value(("picture.png", data, "image/png")).run()
    assert not app.exception
    return app


def test_a_picture_is_classified_and_unpacked_once_for_all_choices(bundled_only, opened):
    app = upload(open_page("reconstructions"), png(DRESS, 8, 0))
    assert not app.error
    assert "a cluster of **" in texts(app)
    assert "test images" in texts(app)
    for ground in ("light", "dark", "auto"):
        app.button_group(key="ground").set_value(ground).run()
    app.sidebar.number_input(key="k").set_value(15).run()
    assert not app.exception
    assert len(opened) == 1
    upload(app, png(255 - DRESS, 8, 0))
    assert len(opened) == 2


@pytest.mark.parametrize(
    ("data", "words"),
    [(png(np.full((9, 9), 255), 8, 0), "Nothing can be seen"), (b"no picture", "not an image")],
)
def test_what_cannot_be_used_is_told_in_place_of_an_answer(bundled_only, opened, data, words):
    app = upload(open_page("reconstructions"), data)
    app.button_group(key="ground").set_value("dark").run()
    (error,) = app.error
    assert words in error.value
    assert "a cluster of **" not in texts(app)
    assert len(opened) == 1
    upload(app, png(DRESS, 8, 0))
    assert not app.error


def test_a_file_taken_away_is_not_kept(bundled_only):
    app = upload(open_page("reconstructions"), png(DRESS, 8, 0))
    assert "own_picture" in app.session_state
    app.file_uploader(key="upload").set_value(None).run()
    assert "own_picture" not in app.session_state


def in_a_set(shape, framing):
    return ImageSetInfo(
        "own-0123456789abcdef", "Mine", (), False, 80, 20, 8, "", shape=shape, own=True, framing=framing
    )


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_is_framed_as_those_of_a_set_that_a_user_added(channels):
    file = io.BytesIO()
    wide = Image.new("RGBA", (40, 20), (255, 0, 0, 255))
    wide.paste((0, 0, 0, 0), (0, 0, 20, 20))
    wide.save(file, "PNG")
    info = in_a_set((8, 8, channels), Framing("fit", "#0000ff"))
    seen = own_picture.as_seen(open_picture(file.getvalue(), colour=True), info, "auto")
    red, blue = ([255, 0, 0], [0, 0, 255]) if channels == 3 else ([76], [29])  # their luma
    assert seen.shape == (8, 8, channels)
    assert seen[0, 7].tolist() == blue  # beside it
    assert seen[4, 0].tolist() == blue  # through it
    assert seen[4, 7].tolist() == red  # neither inverted nor stretched


def test_a_set_of_bright_things_on_black_keeps_its_rule():
    seen = own_picture.as_seen(open_picture(png(DRESS, 8, 0)), in_a_set((28, 28, 1), None), "auto")
    assert (seen.shape, seen[0, 0, 0], seen.max()) == ((28, 28, 1), 0, 255)
