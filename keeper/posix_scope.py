"""A scope of our own from systemd, where there is one: a control group that is ours to divide, and that stays when the
daemon's terminal or unit is ended."""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import time
from pathlib import Path

log = logging.getLogger("keeper")

PATIENCE = 1.0  # seconds that systemd may take; a keeper without a scope works as well
_MANAGER = ("org.freedesktop.systemd1", "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager")
_SIGNATURE = "ssa(sv)a(sa(sv))"


def enter_scope(name: str) -> bool:
    """Whether systemd moved this process into a scope, delegated to us. Nothing is started in it: systemd takes the
    process as it is, so a refusal costs nothing but the question."""
    bus = _bus()
    busctl = shutil.which("busctl", path="/usr/bin:/bin")
    if bus is None or busctl is None:
        return False
    pid = os.getpid()
    properties = (
        *("4", "PIDs", "au", "1", str(pid), "Delegate", "b", "true"),
        *("Description", "s", "Control Center: the keeper and its tools", "CollectMode", "s", "inactive-or-failed"),
    )
    unit = f"control-center-{name}-{pid}.scope"
    command = [busctl, bus, "--quiet", f"--timeout={PATIENCE:g}", "call", *_MANAGER, "StartTransientUnit", _SIGNATURE]
    before = _group()
    try:
        run = subprocess.run(
            [*command, unit, "fail", *properties, "0"],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE * 2,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        log.info("no scope from systemd: %s", error)
        return False
    if run.returncode:
        log.info("no scope from systemd: %s", run.stderr.decode(errors="replace").strip())
        return False
    return _moved(before)


def _bus() -> str | None:
    """The user's manager; for root the system's."""
    if os.getuid() == 0:
        return "--system" if os.path.exists("/run/systemd/system") and os.path.exists("/run/dbus") else None
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    return "--user" if runtime and os.path.exists(os.path.join(runtime, "systemd", "private")) else None


def _moved(before: str) -> bool:
    """systemd answers once it has queued the job."""
    deadline = time.monotonic() + PATIENCE
    while _group() == before:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def _group() -> str:
    return Path("/proc/self/cgroup").read_text(encoding="utf-8")
