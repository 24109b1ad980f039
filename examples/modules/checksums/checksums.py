"""Checksums of all files below a folder. Its parameters come as one JSON object on standard input.

echo '{"folder": "/home/me/pictures"}' | python checksums.py
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

Sums = dict[str, str]


def tell(progress: float, message: str) -> None:
    print(json.dumps({"progress": round(progress, 3), "message": message}), flush=True)


def sums_of(folder: Path) -> Sums:
    """SHA-256 by path below the folder; files that cannot be read are told and left out."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    found: Sums = {}
    for number, path in enumerate(files, 1):
        name = path.relative_to(folder).as_posix()
        try:
            with path.open("rb") as file:
                found[name] = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            print(f"WARNING: {name} cannot be read: {error.strerror}", flush=True)
        if number % max(1, len(files) // 100) == 0:
            tell(number / len(files), f"{number} of {len(files)} files")
    return found


def read_list(path: Path) -> Sums:
    lines = path.read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, _, name in (line.partition("  ") for line in lines)}


def differences(before: Sums, now: Sums) -> list[str]:
    added = [f"added    {name}" for name in now if name not in before]
    changed = [f"changed  {name}" for name in now if name in before and now[name] != before[name]]
    gone = [f"gone     {name}" for name in before if name not in now]
    return added + changed + gone


def main() -> None:
    asked = json.load(sys.stdin)
    folder = Path(asked["folder"]).expanduser()
    if not folder.is_dir():
        sys.exit(f"{folder} is no folder")
    now = sums_of(folder)
    target = Path(os.environ.get("CONTROL_CENTER_RUN_DIR", ".")) / "checksums.txt"
    target.write_text("".join(f"{digest}  {name}\n" for name, digest in now.items()), encoding="utf-8")
    message = f"{len(now)} files"
    if asked.get("earlier"):
        changes = differences(read_list(Path(asked["earlier"])), now)
        print("\n".join(changes), flush=True)
        message += f", {len(changes)} differences"
    tell(1.0, message)


if __name__ == "__main__":
    main()
