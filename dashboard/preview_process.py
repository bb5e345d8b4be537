"""The program of the process that looks at pictures: settings as JSON on its input, the preview as an .npz on its output.

It imports no Streamlit, so that it starts soon; `dashboard.picture_preview` starts it.
"""

import dataclasses
import io
import json
import sys

import numpy as np

from core.data.own import Adding, Preview, Skipped
from core.errors import LatentLensError


def pack(found: Preview) -> bytes:
    """A preview as bytes."""
    facts = {name: value for name, value in vars(found).items() if name != "samples"}
    facts["skipped"] = [dataclasses.asdict(one) for one in found.skipped]
    file = io.BytesIO()
    np.savez(file, samples=found.samples, facts=np.frombuffer(json.dumps(facts).encode(), np.uint8))
    return file.getvalue()


def unpack(data: bytes) -> Preview:
    """The inverse of `pack`."""
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        samples, facts = arrays["samples"], json.loads(arrays["facts"].tobytes())
    for name in ("smallest", "largest", "shape", "sample_names", "sample_labels", "notes"):
        facts[name] = tuple(facts[name])
    facts["skipped"] = tuple(Skipped(one["reason"], one["count"], tuple(one["first"])) for one in facts["skipped"])
    return Preview(samples=samples, **facts)


def _main() -> int:
    from core.data import own

    # The pictures' own messages must not come between: only the answer goes to the output.
    answer, sys.stdout = sys.stdout.buffer, sys.stderr
    try:
        told, status = pack(own.preview(Adding.from_json(json.load(sys.stdin)))), 0
    except LatentLensError as error:
        told, status = json.dumps({"message": str(error)}).encode(), 1
    answer.write(told)
    return status


if __name__ == "__main__":
    sys.exit(_main())
