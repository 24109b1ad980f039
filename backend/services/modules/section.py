"""The `modules` section of the configuration: modules by id, and under `import` and `folders` where others are.

One that is wrong is left out and harms nothing else: the file applies, and its faults are told as warnings.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from yaml.nodes import ScalarNode

from backend.services.definitions import readers
from backend.services.definitions.faults import Fault, Report
from backend.services.definitions.load import SectionLoader
from backend.services.definitions.paths import folder
from backend.services.definitions.place import Fields, Place, Reader, Reading
from backend.services.definitions.service import named_id
from backend.services.modules.definition import file_called, read_module
from backend.services.modules.model import Module

IMPORT, FOLDERS = "import", "folders"


@dataclass(frozen=True, slots=True)
class ModuleFault:
    """What is wrong with `module`, or with all of `file` where that is None. A module with an error is not there."""

    file: Path
    module: str | None
    fault: Fault


@dataclass(frozen=True, slots=True)
class Section:
    """What the section says. The lists and folders may not be there yet."""

    modules: tuple[Module, ...] = ()
    faults: tuple[ModuleFault, ...] = ()
    imports: tuple[Path, ...] = ()
    folders: tuple[Path, ...] = ()


def section(file: Path) -> SectionLoader:
    """The loader of the section in the configuration at `file`."""

    def load(place: Place) -> Section:
        fields = place.fields(None)
        if fields is None:
            return Section()
        found: list[Module] = []
        faults: list[ModuleFault] = []
        for name in fields:
            if name in (IMPORT, FOLDERS):
                continue
            module, wrong = _module(name, fields, file)
            faults += (ModuleFault(file, name, fault) for fault in wrong)
            found += [module] if module is not None else []
        if IMPORT not in fields and FOLDERS not in fields:
            place.reading.declared["module"] = tuple(fields)
        return Section(
            tuple(found),
            tuple(faults),
            fields.get(IMPORT, _imports, ()),
            fields.get(FOLDERS, _folders, ()),
        )

    return load


def _module(name: str, fields: Fields, file: Path) -> tuple[Module | None, tuple[Fault, ...]]:
    key = fields.key(name)
    place = fields.at(name) or key
    own = Place(place.node, apart(place.reading), fields.place, name)
    own_key = Place(key.node, own.reading, fields.place, name)
    module = None
    if fields.at(name) is None:
        own.error(f"the module `{name}` has no settings", "Write them below it, indented by two spaces: command: [...]")
    elif isinstance(own.node, ScalarNode):
        own.error(f"a module is a mapping, not {own.kind}", "Write `key: value` lines below its id, indented")
    elif named_id(own_key):
        module = read_module(own, own_key, module_id=name, origin="configuration", file=file, script=None)
    report = own.reading.report
    for fault in report.faults():
        end = "" if fault.hint.endswith("?") else "."
        hint = f"{fault.hint}{end} Until then the module is not there" if fault.severity == "error" else fault.hint
        place.reading.report.add("warning", (fault.line, fault.column), fault.message, hint, fault.path)
    return None if report.refused else module, report.faults()


def apart(whole: Reading) -> Reading:
    """A reading that gathers faults of its own, and everything else with the whole."""
    return replace(whole, report=Report(whole.report.lines))


def _imports(place: Place) -> tuple[Path, ...] | None:
    """`modules.json` or `[modules.json]`."""
    return _several(place, file_called("list"))


def _folders(place: Place) -> tuple[Path, ...] | None:
    return _several(place, folder)


def _several(place: Place, read: Reader[Path]) -> tuple[Path, ...] | None:
    if isinstance(place.node, ScalarNode):
        one = read(place)
        return None if one is None else (one,)
    found = readers.list_of(read, "[modules]")(place)
    return None if found is None else tuple(dict.fromkeys(found))
