"""The file that a first start writes, and the copy of the last good definitions in the data folder."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path

log = logging.getLogger(__name__)

LAST_GOOD = "definitions.last-good.yaml"
EXAMPLE = "control-center.example.yaml"
_MARK = "# the last good definitions of "


@dataclass(frozen=True, slots=True)
class LastGood:
    """A copy of the file at `path`, as it was when it was applied."""

    path: Path
    text: str


def write_starter(path: Path, root: Path) -> None:
    """Copies the example beside it to `path`, where nothing may be yet. Raises `OSError`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = (root / EXAMPLE).read_text(encoding="utf-8")
    with path.open("x", encoding="utf-8") as file:
        file.write(text)


def write_last_good(data_dir: Path, good: LastGood) -> None:
    """Whole or not at all; a disk that takes no more is logged, since what is in force is in force."""
    target = data_dir / LAST_GOOD
    half = target.with_suffix(".half")
    end = "" if good.text.endswith("\n") or not good.text else "\n"
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        half.write_text(f"{good.text}{end}{_MARK}{json.dumps(str(good.path))}\n", encoding="utf-8", newline="")
        half.replace(target)
    except OSError as error:
        log.warning("the last good definitions cannot be kept in %s: %s", data_dir, error.strerror)


def read_last_good(data_dir: Path, path: Path) -> LastGood | None:
    """The copy, if there is one of the file at `path`; another file's is none."""
    try:
        text, _, name = (data_dir / LAST_GOOD).read_text(encoding="utf-8").rpartition(_MARK)
        kept = Path(json.loads(name))
    except (OSError, ValueError, TypeError):
        return None
    return LastGood(path, text) if kept == path else None
