"""The definitions file as it is now, for those who edit it: a service's own text, and its revision."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.services.definitions import splice
from backend.services.definitions.errors import FileFaulty, NoSuchService, NotWritten
from backend.services.definitions.faults import Fault
from backend.services.definitions.layout import layout
from backend.services.definitions.on_disk import OnDisk
from backend.services.definitions.source import Unreadable
from backend.services.definitions.store import Definitions
from backend.services.definitions.tell import told


@dataclass(frozen=True, slots=True)
class Written:
    """A service as it stands in the file. `definition` has its values as JSON, variables as they are written;
    `revision` changes with `text`."""

    id: str
    text: str
    definition: Mapping[str, Any]
    revision: str


async def written(definitions: Definitions, service_id: str) -> Written:
    """A service as the file has it now. Raises `NoSuchService`, and `FileFaulty` where the file cannot be read."""
    disk = await asyncio.to_thread(read_disk, definitions)
    return await asyncio.to_thread(present, disk.text, service_id)


async def present_text(definitions: Definitions) -> str:
    """The text of the file, or what is in force where it is gone."""
    return (await asyncio.to_thread(read_disk, definitions)).text


def present(text: str, service_id: str) -> Written:
    """A service as `text` has it."""
    try:
        laid = layout(text)
    except Unreadable as error:
        raise FileFaulty("The definitions file has errors; GET /api/config lists them. Correct it first.") from error
    found = splice.find(laid, service_id)
    if found is None:
        raise NoSuchService(f"There is no service {service_id!r} in the definitions file.")
    text = splice.own_text(laid, found)
    value = laid.value(found.value)
    revision = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return Written(service_id, text, value if isinstance(value, dict) else {}, revision)


def read_disk(definitions: Definitions) -> OnDisk:
    """The file, or what is in force where it is gone."""
    try:
        disk = OnDisk.read(definitions.path)
    except Unreadable as unreadable:
        fault = Fault("error", *unreadable.place, "", unreadable.message, unreadable.hint, "")
        raise file_faulty((fault,)) from None
    except OSError as error:
        raise NotWritten(f"{definitions.path.name} cannot be read: {error.strerror}.") from error
    return disk if disk.data is not None else OnDisk(disk.path, None, definitions.text or "")


def file_faulty(faults: Sequence[Fault]) -> FileFaulty:
    errors = [fault for fault in faults if fault.severity == "error"]
    words = (
        f"The definitions file has errors, the first in line {errors[0].line}. Correct it first: nothing was changed."
    )
    return FileFaulty(words, errors=[one.as_json() for one in told(errors, "file")])
