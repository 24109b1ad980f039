"""Which events somebody may want to hear of, and as what."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backend.core.events import Event
from backend.services.definitions.model import ServiceSpec
from backend.services.notifications.model import News, Severity

KNOWLEDGE = "The knowledge base"
_SCANNED = "files: {files}, new: {added}, changed: {changed}, removed: {removed}, faulty: {faulty}"


class Hearing:
    """`service` tells what a service is by its definition, `module_name` what people call a module."""

    def __init__(self, service: Callable[[str], ServiceSpec | None], module_name: Callable[[str], str]) -> None:
        self._service, self._module_name = service, module_name

    def news(self, event: Event) -> News | None:
        """None for an event that is told to nobody."""
        heard = _HEARD.get(event.fact.type)
        return None if heard is None else heard(self, event)

    def exited(self, event: Event) -> News | None:
        """An end that the definition does not expect."""
        service, said = event.fact.subject or "", event.fact.payload
        spec = self._service(service)
        if said.get("exit_code") in (spec.restart.exit_codes if spec is not None else (0,)):
            return None
        fields = {"reason": _text(said.get("exit")), "exit_code": _text(said.get("exit_code")), "gave_up": ""}
        return News("crash", "service", service, self._name(service), "warning", event, fields, service)

    def failed(self, event: Event) -> News:
        """It could not start, or is not started any more."""
        service = event.fact.subject or ""
        fields = {"gave_up": _text(event.fact.payload.get("reason")) or "it is not started again"}
        return News(
            "crash", "service", service, self._name(service), "critical", event, fields, service,
            counts=False, final=True,
        )  # fmt: skip

    def run_failed(self, event: Event) -> News:
        return self._run("run_failed", "warning", event)

    def run_finished(self, event: Event) -> News:
        return self._run("run_finished", "info", event)

    def _run(self, kind: Any, severity: Severity, event: Event) -> News:
        said = event.fact.payload
        module = _text(said.get("module_id"))
        fields = {
            "reason": _text(said.get("reason")),
            "exit_code": _text(said.get("exit_code")),
            "run_id": event.fact.subject or "",
        }
        return News(kind, "module", module, self._module_name(module), severity, event, fields)

    def scanned(self, event: Event) -> News:
        fields = {"status": "was scanned", "reason": _SCANNED.format_map(event.fact.payload)}
        return News("scan_finished", "knowledge", "knowledge", KNOWLEDGE, "info", event, fields)

    def scan_failed(self, event: Event) -> News:
        fields = {"status": "could not be scanned", "reason": _text(event.fact.payload.get("reason"))}
        return News("scan_finished", "knowledge", "knowledge", KNOWLEDGE, "warning", event, fields)

    def alert(self, event: Event) -> News | None:
        """Each status is a message of its own, so that the end of an alert is not held back by its beginning; that says
        how it is now. None where it is silenced, or falls into hours of maintenance."""
        said, status = event.fact.payload, event.fact.type.partition(".")[2]
        if said["quiet"] is not None:
            return None
        rule, severity = event.fact.subject or "", said["severity"]
        reason = said["reason"] or said["summary"]
        fields = {"status": status, "reason": _text(reason), "value": _text(said["value"])}
        phase = f"{status} {_text(said['subject'])}"
        return News("alert", "alert", rule, rule, severity, event, fields, said["service"], phase)

    def _name(self, service: str) -> str:
        spec = self._service(service)
        return service if spec is None else spec.name


_HEARD: dict[str, Callable[[Hearing, Event], News | None]] = {
    "service.exited": Hearing.exited,
    "service.failed": Hearing.failed,
    "run.failed": Hearing.run_failed,
    "run.timed_out": Hearing.run_failed,
    "run.completed": Hearing.run_finished,
    "knowledge.scanned": Hearing.scanned,
    "knowledge.scan_failed": Hearing.scan_failed,
    "alert.fired": Hearing.alert,
    "alert.resolved": Hearing.alert,
    "alert.reminded": Hearing.alert,
}
HEARD = frozenset(_HEARD)
"""The types of all that is heard of."""


def _text(value: object) -> str:
    return "" if value is None else str(value)
