"""Pictures as data URIs, for table columns."""

import base64
import io

import numpy as np
from PIL import Image


def data_uris(pictures: np.ndarray) -> list[str]:
    """uint8 (n, 28, 28, 1) to PNG data URIs."""
    uris = []
    for picture in pictures:
        file = io.BytesIO()
        Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture).save(file, "PNG", compress_level=1)
        uris.append("data:image/png;base64," + base64.b64encode(file.getvalue()).decode())
    return uris
