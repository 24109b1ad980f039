"""Is what the person declared usable: settings, the definitions file, its commands and folders, its ports?"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.config import ROOT, Settings
from backend.services.definitions.faults import Fault
from backend.services.definitions.load import Loaded, load_file, surroundings
from backend.services.definitions.model import ServiceSpec
from backend.services.definitions.place import Surroundings
from backend.services.diagnostics.finding import Finding
from backend.services.ports import PortReader, PortReport
from backend.services.sections import section_loaders

OF_A_PATH = re.compile(r"services\.([^.]+)\.(?:cwd|command|env_file|log_file)\b")


@dataclass(frozen=True)
class Declared:
    """The definitions file as it is now, whatever is in force. `loaded` is None where there is no file;
    `around` is what it was read against."""

    path: Path
    loaded: Loaded | None
    around: Surroundings

    @property
    def services(self) -> Sequence[ServiceSpec]:
        """Those without an error: of the others only a part could be read."""
        wrong = {fault.path.split(".")[1] for fault in self.faults if fault.severity == "error" and "." in fault.path}
        return tuple(spec for spec in self.loaded.services.values() if spec.id not in wrong) if self.loaded else ()

    @property
    def secrets(self) -> Collection[str]:
        """Values that a finding must not repeat."""
        return self.loaded.secrets if self.loaded else ()

    @property
    def faults(self) -> Sequence[Fault]:
        return self.loaded.faults if self.loaded else ()


def read_declared(settings: Settings) -> Declared:
    """Blocking."""
    path = settings.definitions_path
    around = surroundings(path, log_dir=settings.log_dir, root=ROOT)
    loaded = load_file(path, around, section_loaders(path)) if path.exists() else None
    return Declared(path, loaded, around)


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
    if declared.loaded is None:
        what = f"{declared.path} is not there yet; the first start writes one with examples"
        return [Finding("configuration", title, "ok", what)]
    faults = [fault for fault in declared.faults if _service_with_wrong_path(fault) is None]
    if not faults:
        return [Finding("configuration", title, "ok", f"{declared.path}: {len(declared.services)} services")]
    return [
        Finding(f"configuration.{number}", title, fault.severity, _place(declared, fault), _meaning(fault), fault.hint)
        for number, fault in enumerate(faults, start=1)
    ]


def _service_with_wrong_path(fault: Fault) -> str | None:
    """The service whose command or folder is missing, if that is what the fault is about."""
    match = OF_A_PATH.match(fault.path)
    return match.group(1) if match and fault.severity == "warning" else None


def _place(declared: Declared, fault: Fault) -> str:
    return f"{declared.path}, line {fault.line}, column {fault.column}: {fault.message}"


def _meaning(fault: Fault) -> str:
    if fault.severity == "error":
        return "The file is not applied; what was in force before stays in force."
    return "The file is applied, but this part of it does not work."


def check_paths(declared: Declared) -> list[Finding]:
    """The command and the folders of every definition."""
    findings = []
    for spec in declared.services:
        wrong = [fault for fault in declared.faults if _service_with_wrong_path(fault) == spec.id]
        key, title = f"paths.{spec.id}", f"Paths of {spec.id}"
        for fault in wrong:
            why = f"{spec.name} may not be able to start."
            findings.append(Finding(key, title, "warning", _place(declared, fault), why, fault.hint))
        if not wrong:
            findings.append(Finding(key, title, "ok", f"{spec.command[0]} in {spec.cwd}"))
    return findings


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
    for spec in declared.services:
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
