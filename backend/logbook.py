"""The daemon's own log: `LOG_DIR/app.log`, rotated by size, and short lines on the console. No secret reaches either.

Records are written by a thread, so that a slow disk holds up no request. Output of services is not kept here.
"""

from __future__ import annotations

import logging
import logging.handlers
import os
import queue
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.config import Settings, SettingsError
from backend.core.secrets import HIDDEN, Secrets

MAX_BYTES = 5_000_000
KEPT_FILES = 5
MASKED = re.compile(r"""(?i)([?&](?:api_)?token=|\bauthorization:\s*bearer\s+|\bx-api-token:\s*)[^&\s"']+""")


def redact(text: str, secrets: Secrets) -> str:
    """`text` without any of `secrets` and without tokens in addresses and headers."""
    return MASKED.sub(rf"\1{HIDDEN}", secrets.hide(text))


class RedactingFormatter(logging.Formatter):
    def __init__(self, form: str, dates: str | None, secrets: Secrets) -> None:
        super().__init__(form, dates)
        self._secrets = secrets

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record), self._secrets)


def _move(source: str, destination: str) -> None:
    """Rename, or where an open reader forbids that (Windows) copy and empty: nothing is lost either way."""
    try:
        Path(source).rename(destination)
    except OSError:
        shutil.copyfile(source, destination)
        os.truncate(source, 0)


def _file_handler(settings: Settings) -> logging.Handler:
    path = settings.log_dir / "app.log"
    try:
        settings.log_dir.mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            path, maxBytes=MAX_BYTES, backupCount=KEPT_FILES, encoding="utf-8", errors="backslashreplace"
        )
    except OSError as error:
        raise SettingsError(
            f"The log {path} cannot be written ({error.strerror}). Make its folder writable or set LOG_DIR to another."
        ) from error
    handler.rotator = _move
    return handler


@contextmanager
def open_logbook(settings: Settings, secrets: Secrets) -> Iterator[None]:
    """Log for as long as the block lasts. At each record, `secrets` is what is known by then.

    Raises `SettingsError` where the log cannot be written.
    """
    file = _file_handler(settings)
    file.setFormatter(RedactingFormatter("%(asctime)s %(levelname)-8s %(name)s: %(message)s", None, secrets))
    console = logging.StreamHandler(sys.stderr)
    console.setLevel(logging.WARNING)
    console.setFormatter(RedactingFormatter("%(asctime)s %(levelname)s: %(message)s", "%H:%M:%S", secrets))

    records: queue.SimpleQueue[logging.LogRecord] = queue.SimpleQueue()
    entrance = logging.handlers.QueueHandler(records)
    writer = logging.handlers.QueueListener(records, file, console, respect_handler_level=True)
    root, ours = logging.getLogger(), logging.getLogger("backend")
    before = root.level, ours.level
    root.addHandler(entrance)
    level = logging.getLevelNamesMapping()[settings.log_level]
    root.setLevel(max(level, logging.WARNING))  # what libraries tell of their own work is not our log
    ours.setLevel(logging.DEBUG if settings.debug else level)
    writer.start()
    try:
        yield
    finally:
        root.removeHandler(entrance)
        root.setLevel(before[0])
        ours.setLevel(before[1])
        writer.stop()
        file.close()
