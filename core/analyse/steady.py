"""Computing that the caller's global settings do not reach: NumPy's errors, warnings as errors, scikit-learn's configuration.

A notebook may ask for data frames, raise on underflow or turn warnings into errors. That is for its own code: ours gives the
same values whatever is set, and leaves every setting as it was.
"""

import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import TracebackType

import numpy as np

_SKLEARN_DEFAULTS = {
    "assume_finite": False,
    "working_memory": 1024,
    "pairwise_dist_chunk_size": 256,
    "enable_cython_pairwise_dist": True,
    "array_api_dispatch": False,
    "transform_output": "default",
    "enable_metadata_routing": False,
    "skip_parameter_validation": False,
}


@contextmanager
def steady() -> Iterator[None]:
    """The usual settings in this block, or as `@steady()` in this function. Not around a `yield`."""
    with ExitStack() as stack:
        stack.enter_context(np.errstate(divide="warn", over="warn", invalid="warn", under="ignore"))
        stack.enter_context(_no_errors)
        if "sklearn" in sys.modules:  # else nobody has changed its settings
            from sklearn import config_context

            stack.enter_context(config_context(**_SKLEARN_DEFAULTS))
        yield


class _NoErrors:
    """Warnings stay warnings where the caller's filters make errors of them.

    Filters belong to the whole process: the first thread that enters changes them, the last that leaves puts them back. Each
    by itself would sometimes put back what another had changed.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._inside = 0
        self._callers = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if self._inside == 0:
                self._callers = warnings.catch_warnings()
                self._callers.__enter__()
                warnings.filters[:] = [  # type: ignore[index]  # a list, whatever its type says
                    ("default" if action == "error" else action, *rest) for action, *rest in warnings.filters
                ]
            self._inside += 1

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._callers.__exit__(kind, error, trace)


_no_errors = _NoErrors()
