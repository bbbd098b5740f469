"""Standard output and error that lose what they cannot write: a full disk under its log never stops a worker."""

import io
import sys

STREAMS = (("stdout", 1), ("stderr", 2))


class _Losing(io.FileIO):
    """A file that takes everything, also what there is no room for."""

    def write(self, data: object, /) -> int:
        try:
            return super().write(data)  # type: ignore[arg-type]
        except OSError:
            return len(data)  # type: ignore[arg-type]


def never_fail() -> None:
    """Replaces this process's output and error by ones that never raise; they write line by line."""
    for name, number in STREAMS:
        file = io.BufferedWriter(_Losing(number, "w", closefd=False))
        stream = io.TextIOWrapper(file, encoding="utf-8", errors="backslashreplace", line_buffering=True)
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
