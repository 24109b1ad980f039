"""Is what the person declared usable: settings, the definitions file, its commands and folders, its ports?"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from backend.config import Settings
from backend.services.definitions.faults import Fault
from backend.services.definitions.model import ServiceSpec
from backend.services.diagnostics.finding import Finding
from backend.services.ports import PortReader, PortReport


class Declared(Protocol):
    """What is read of the definitions: `services` in force and the faults of the file as it is now."""

    @property
    def path(self) -> Path: ...
    @property
    def services(self) -> Mapping[str, ServiceSpec]: ...
    @property
    def faults(self) -> Sequence[Fault]: ...


def check_settings(warnings: Sequence[str]) -> list[Finding]:
    """`warnings` as `load_settings` gave them."""
    if not warnings:
        return [Finding("settings", "Settings", "ok", "every setting is known and usable")]
    why = "What it was meant to set keeps its default."
    return [
        Finding(f"settings.{number}", "Settings", "warning", text, why, "Correct it in .env.")
        for number, text in enumerate(warnings, start=1)
    ]


def check_configuration(declared: Declared) -> list[Finding]:
    title = "Configuration"
    if not declared.path.is_file():
        what = f"{declared.path} is not there yet; the first start writes one with examples"
        return [Finding("configuration", title, "ok", what)]
    if not declared.faults:
        return [Finding("configuration", title, "ok", f"{declared.path}: {len(declared.services)} services")]
    return [_fault(number, declared.path, fault) for number, fault in enumerate(declared.faults, start=1)]


def _fault(number: int, path: Path, fault: Fault) -> Finding:
    what = f"{path}, line {fault.line}, column {fault.column}: {fault.message}"
    if fault.severity == "error":
        why = "The file is not applied; what was in force before stays in force."
    else:
        why = "The file is applied, but this part will not work."
    return Finding(f"configuration.{number}", "Configuration", fault.severity, what, why, fault.hint)


async def check_paths(declared: Declared) -> list[Finding]:
    """The folders of every definition; its command is looked for by the definitions themselves, which know its PATH."""
    findings = []
    for spec in declared.services.values():
        missing = await asyncio.to_thread(_missing, spec)
        title = f"Paths of {spec.id}"
        if missing:
            why = f"{spec.name} cannot start."
            fix = f"Correct services.{spec.id} in {declared.path.name}, or make what is missing."
            findings.append(Finding(f"paths.{spec.id}", title, "warning", "; ".join(missing), why, fix))
        else:
            findings.append(Finding(f"paths.{spec.id}", title, "ok", f"{spec.command[0]} in {spec.cwd}"))
    return findings


def _missing(spec: ServiceSpec) -> list[str]:
    missing = []
    if not spec.cwd.is_dir():
        missing.append(f"the folder {spec.cwd} is not there")
    program = Path(spec.command[0])
    if program.is_absolute() and not program.is_file():
        missing.append(f"the program {program} is not there")
    if spec.env_file is not None and not spec.env_file.is_file():
        missing.append(f"the env_file {spec.env_file} is not there")
    return missing


async def check_own_port(settings: Settings, ports: PortReader, daemon: int | None) -> list[Finding]:
    """`daemon`: pid of the daemon that runs on this data folder, if one does."""
    title = "Port of the dashboard"
    if settings.port == 0:
        return [Finding("ports", title, "ok", "any port that is free")]
    report = await ports.look(settings.port)
    if report.state in ("free", "elsewhere"):
        return [Finding("ports", title, "ok", f"{settings.port} is free")]
    if daemon is not None and any(owner.pid == daemon for owner in report.owners):
        return [Finding("ports", title, "ok", f"{settings.port} is used by Control Center itself (pid {daemon})")]
    fix = f"Stop that program, or give Control Center another port, e.g. PORT={settings.port + 1} in .env."
    return [Finding("ports", title, "error", report.detail, "Control Center cannot start on it.", fix)]


async def check_service_ports(declared: Declared, ports: PortReader) -> list[Finding]:
    findings = []
    for spec in declared.services.values():
        if spec.port_number is not None:
            findings.append(_service_port(spec, await ports.look(spec.port_number)))
    return findings


def _service_port(spec: ServiceSpec, report: PortReport) -> Finding:
    key, title = f"ports.{spec.id}", f"Port of {spec.id}"
    if report.state == "free":
        return Finding(key, title, "ok", f"{report.port} is free")
    if any(owner.service == spec.id for owner in report.owners):
        return Finding(key, title, "ok", f"{report.port} is used by {spec.id} itself")
    why = f"{spec.name} cannot start while its port is not free."
    fix = f"Stop who holds it, or give services.{spec.id} another port (in its command too)."
    return Finding(key, title, "warning", report.detail, why, fix)
