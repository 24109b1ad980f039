"""What a tree reads from its standard input: a text given at its launch, or nothing at all."""

from __future__ import annotations

import os
from typing import IO


def open_input(text: str | None) -> IO[bytes]:
    """A file at its beginning, which is gone when the last process has closed it: no other program can come upon it,
    and no writer waits for a reader as one of a pipe would."""
    if text is None:
        return open(os.devnull, "rb")
    import tempfile  # costs more than the rest of a start, and few trees are given anything

    file = tempfile.TemporaryFile()  # noqa: SIM115  # the caller closes it
    file.write(text.encode("utf-8", "surrogateescape"))
    file.seek(0)
    return file
