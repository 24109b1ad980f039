"""Modules that stand outside the configuration: in folders with a `module.yaml`, in scripts that carry their own
definition, and in older lists. What is wrong with one is told and harms no other.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from yaml.nodes import MappingNode, Node

from backend.services.definitions.faults import Fault, Report
from backend.services.definitions.nodes import compose, flatten_merge_keys
from backend.services.definitions.place import Place, Reading, Surroundings
from backend.services.definitions.service import ID, named_id
from backend.services.definitions.source import Stamp, Unreadable, check_printable, decode, read_bytes, stamp
from backend.services.modules import inline
from backend.services.modules.definition import read_module
from backend.services.modules.json_nodes import compose_json
from backend.services.modules.legacy import read_legacy
from backend.services.modules.model import Module, Origin
from backend.services.modules.section import ModuleFault, apart

DECLARATION = "module.yaml"
DEEPEST = 3  # folders below the one that is named
MOST_FILES = 2000
_PASSED_OVER = frozenset(("__pycache__", "node_modules", "site-packages", "venv"))


@dataclass(slots=True)
class Found:
    """What was read on one tour. `looked` holds all that it depends on, as it was."""

    modules: list[Module] = field(default_factory=list)
    faults: list[ModuleFault] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    looked: dict[Path, Stamp] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)  # where those that were read really lie

    def take(self, file: Path, name: str | None, reading: Reading, module: Module | None = None) -> None:
        """What a reading of `file` gave; the module only if nothing is wrong with it."""
        self.faults += (ModuleFault(file, name, fault) for fault in reading.report.faults())
        self.secrets += reading.secrets
        self.looked.update(reading.env_files)
        if module is not None and not reading.report.refused:
            self.modules.append(module)


def read_list(file: Path, around: Surroundings, found: Found) -> None:
    """The modules of a `modules.json`; its paths count from the folder of `around`."""
    reading = _reading(around)
    root = _root(file, reading, _composed_list, found)
    if root is not None:
        for item in _listed(root) or ():
            own = Place(item.node, apart(reading), root, "modules")
            name, module = _legacy(own, file)
            found.take(file, name, own.reading, module)
    found.take(file, None, reading)


def _composed_list(file: Path, reading: Reading) -> Node:
    return compose_json(_lines(decode(read_bytes(file)), reading))


def _listed(root: Place) -> list[Place] | None:
    fields = root.fields(None) if isinstance(root.node, MappingNode) else None
    modules = None if fields is None else fields.at("modules")
    return (modules or root).items('{"modules": [{"id": "collect", "script_path": "collect.py"}]}')


def _legacy(place: Place, file: Path) -> tuple[str | None, Module | None]:
    fields = place.fields(None)
    key = None if fields is None else fields.at("id")
    if fields is None:
        return None, None
    if key is None:
        place.error("`id` is missing", "Every module of this list has it")
        return None, None
    return key.raw, read_legacy(place, module_id=key.raw, file=file) if named_id(key) else None


def read_folder(folder: Path, around: Surroundings, found: Found) -> None:
    """The modules in a folder and those below it. One with a `module.yaml` is a module; of the others each Python
    script may be one."""
    for count, file in enumerate(_files(folder, found)):
        if file in found.looked:
            continue  # it is below two of the folders
        if count == MOST_FILES:
            message = f"the folder holds more than {MOST_FILES} scripts; the rest is passed over"
            fault = Fault("warning", 1, 1, "", message, "Name only the folders that hold modules", "")
            found.faults.append(ModuleFault(folder, None, fault))
            return
        _read_file(file, replace(around, folder=file.parent), found)


def _read_file(file: Path, around: Surroundings, found: Found) -> None:
    """A `module.yaml`, or a script that may carry a definition."""
    reading = _reading(around)
    is_script = file.name != DECLARATION
    root = _root(file, reading, _carried if is_script else _declared, found)
    name = file.stem if is_script else file.parent.name
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", name).strip("-")[:100]
    module = None
    if root is not None and not ID.fullmatch(name):
        root.error("its name cannot be made an id", "Name it with letters, digits, - and _")
    elif root is not None:
        origin: Origin = "script" if is_script else "folder"
        script = file if is_script else None
        module = read_module(root, root, module_id=name, origin=origin, file=file, script=script)
    found.take(file, name, reading, module)


def _files(folder: Path, found: Found, depth: int = 0) -> Iterator[Path]:
    if (real := os.path.realpath(folder)) in found.folders:
        return  # a link has led back here
    found.folders.add(real)
    seen = stamp(folder)
    try:
        with os.scandir(folder) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
    except OSError:
        found.looked[folder] = seen
        return
    if any(entry.name == DECLARATION for entry in inside):
        yield folder / DECLARATION
        return
    found.looked[folder] = seen
    inside = [entry for entry in inside if _has_text_name(entry, folder, found)]
    for entry in inside:
        if entry.name.endswith(".py") and _seen(entry.is_file):
            yield folder / entry.name
    for entry in inside:
        if depth < DEEPEST and _may_hold_modules(entry):
            yield from _files(folder / entry.name, found, depth + 1)


def _may_hold_modules(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith(".") and entry.name not in _PASSED_OVER and _seen(entry.is_dir)


def _seen(look: Callable[[], bool]) -> bool:
    """Links may lead in a circle or into what is closed."""
    try:
        return look()
    except OSError:
        return False


def _has_text_name(entry: os.DirEntry[str], folder: Path, found: Found) -> bool:
    """Whether its name can be told to anybody: those of Unix may be any bytes."""
    shown = entry.name.encode(errors="replace").decode()
    if shown != entry.name:
        message = f"`{shown}` has a name that is not UTF-8, and is passed over"
        fault = Fault("warning", 1, 1, "", message, "Give it another name", "")
        found.faults.append(ModuleFault(folder, None, fault))
    return shown == entry.name


def _declared(file: Path, reading: Reading) -> Node | None:
    text = _lines(decode(read_bytes(file)), reading)
    check_printable(text)
    node = compose(text, reading.report.lines, reading.report)
    if node is not None:
        flatten_merge_keys(node)
    return node


def _carried(file: Path, reading: Reading) -> Node | None:
    """Most scripts say nothing of us, and what is wrong with their blocks is not ours to tell."""
    block = inline.block(_lines(inline.head(file), reading))
    return None if block is None or inline.TABLE not in block.toml else inline.own_table(block)


def _reading(around: Surroundings) -> Reading:
    return Reading(Report(()), around)


def _lines(text: str, reading: Reading) -> str:
    """The same text, which the reading's faults quote from now on."""
    reading.report.lines = text.splitlines()
    return text


def _root(
    file: Path, reading: Reading, compose_file: Callable[[Path, Reading], Node | None], found: Found
) -> Place | None:
    """The root of a file; None where it says nothing of modules, or after telling what is wrong with it."""
    found.looked[file] = stamp(file)
    try:
        if file.exists() and not file.is_file():  # a pipe would be read for ever
            raise Unreadable((1, 1), "this is no file", "Put one in its place, or remove it")
        node = compose_file(file, reading)
    except OSError as error:
        reading.report.add("error", (1, 1), f"it cannot be read: {error.strerror}", "Put it back, or make it readable")
    except Unreadable as unreadable:
        reading.report.add("error", unreadable.place, unreadable.message, unreadable.hint)
    else:
        return None if node is None else Place(node, reading)
    return None
