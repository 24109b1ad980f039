"""Paths in definitions: resolved against their root, and never read as something that the person did not write.

A Windows path on another system stays what it is and is told as a missing folder; whether a path is foreign is asked of
the path, not of the system.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path, PureWindowsPath

from backend.services.definitions.place import Place
from backend.services.definitions.readers import CONTROL, refuse_control, text

_WINDOWS = re.compile(r"[A-Za-z]:[\\/]|\\\\")
_DRIVE_ONLY = re.compile(r"[A-Za-z]:(?![\\/])")
_NOT_IN_NAMES = re.compile(r'[<>"|?*:]')
_DEVICES = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
OWN_LOG = "app.log"


def path_text(place: Place) -> str | None:
    """A path as it is written, with variables and a leading `~` expanded."""
    value = text(place)
    if value is None:
        return None
    if CONTROL.search(value):
        refuse_control(place)
        return None
    if _DRIVE_ONLY.match(value):
        place.error(
            f"`{place.raw}` depends on the current folder of drive {value[:2]}", "Add the backslash: 'C:\\ComfyUI'"
        )
        return None
    if not value.strip():
        return place.raw or None
    return str(Path(value).expanduser()) if value.startswith(("~/", "~\\")) else value


def resolve(value: str, root: Path) -> Path:
    """`value` below `root` unless it is absolute, here or on Windows."""
    if _WINDOWS.match(value):
        return Path(value)
    return Path(os.path.normpath(os.path.join(root, value)))  # noqa: PTH118  # twice as fast, for a hundred services


def is_file(path: Path) -> bool:
    """Whether a file is seen there. `Path.is_file` fails on names that are too long and in folders that are closed."""
    return os.path.isfile(path)  # noqa: PTH113


def is_dir(path: Path) -> bool:
    """Whether a folder is seen there; see `is_file`."""
    return os.path.isdir(path)  # noqa: PTH112


def folder(place: Place) -> Path | None:
    """The working folder; a warning when it is not there."""
    value = path_text(place)
    if value is None:
        return None
    known = place.reading.folders
    if (there := known.get(value)) is not None:
        return there
    found = resolve(value, place.reading.around.folder)
    if is_dir(found):
        known[value] = found
    else:
        what = "is a file" if is_file(found) else "does not exist"
        place.warning(f"the folder `{place.raw}` {what}", _missing_hint(value, found))
    return found


def _missing_hint(value: str, found: Path) -> str:
    if re.search(r"%\w+%", value):
        return "Write ${env:NAME} for a variable; %NAME% is not expanded"
    if _WINDOWS.match(value) and not found.is_absolute():
        return "This is a path of Windows; write the folder's path on this machine"
    above = next((parent for parent in found.parents if is_dir(parent)), None)
    return f"Create it or correct the path; {above} is there" if above else "Create it or correct the path"


def log_file(place: Place) -> Path | None:
    """Below the log folder, unless the person names another folder with an absolute path."""
    value = path_text(place)
    if value is None:
        return None
    if ".." in value and ".." in PureWindowsPath(value).parts:
        place.error("`..` would lead a log out of its folder", "Write a name such as comfyui.log, or an absolute path")
        return None
    if _WINDOWS.match(value) and not Path(value).is_absolute():
        value = PureWindowsPath(value).name
        place.warning(f"`{place.raw}` is a path of Windows", f"Here the log is written to {value} in the log folder")
    found = resolve(value, place.reading.around.log_dir)
    return found if is_log_name(place, found) else None


def default_log(service: str, log_dir: Path) -> Path:
    """`<id>.log`, but for the few ids whose file is the daemon's own or a device of Windows."""
    taken = f"{service}.log".lower() == OWN_LOG or service.lower() in _DEVICES
    return log_dir / (f"{service}-service.log" if taken else f"{service}.log")


def is_log_name(place: Place, path: Path) -> bool:
    """False, with a fault, for names that Windows keeps for devices or does not take, and for the daemon's own log."""
    name = path.name
    if name.lower() == OWN_LOG and path.parent == place.reading.around.log_dir:
        place.error(f"{OWN_LOG} is Control Center's own log", "Give this service another log_file")
    elif name.partition(".")[0].lower() in _DEVICES:
        place.error(f"Windows keeps the name {path.stem} for a device", "Give this service another log_file")
    elif wrong := _NOT_IN_NAMES.search(name):
        place.error(f"the name of a log cannot hold {wrong.group()}", "Use letters, digits, - and _")
    else:
        return True
    return False


def find_program(name: str, cwd: Path, search_path: str) -> str | None:
    """Where a command begins: on the search path, or relative to the working folder if it names a folder."""
    if os.path.dirname(name):  # noqa: PTH120  # `./run` must keep its dot
        return shutil.which(str(cwd / name))
    return shutil.which(name, path=search_path)
