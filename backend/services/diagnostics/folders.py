"""Are the folders that the daemon lives from fit for it: the data folder, the logs, the built dashboard?"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path, PurePath

import psutil

from backend.config import ROOT, Settings
from backend.services.diagnostics.finding import Finding, Status

ENOUGH = 1_000_000_000
TOO_LITTLE = 100_000_000
SYNCED = (
    *("onedrive", "dropbox", "googledrive", "google drive", "my drive", "nextcloud"),
    *("icloud drive", "iclouddrive", "mobile documents", "cloudstorage"),
)
SYNCED_BY_ENVIRONMENT = ("OneDrive", "OneDriveConsumer", "OneDriveCommercial")
NETWORK_FILE_SYSTEMS = (
    *("nfs", "nfs4", "cifs", "smb", "smb2", "smb3", "smbfs"),
    *("afpfs", "webdav", "davfs", "fuse.sshfs", "9p"),
)
DATABASE_IN_DANGER = "The database may be damaged: it must not be copied or locked by others while it is written."
MOVE = "Set DATA_DIR to a folder on a local disk that nothing synchronises, and start again."


def check_disk(settings: Settings) -> list[Finding]:
    findings = []
    for key, title, folder in (
        ("data", "Disk of the data folder", settings.data_dir),
        ("logs", "Disk of the logs", settings.log_dir),
    ):
        usage = shutil.disk_usage(_existing(folder))
        what = f"{usage.free / 1e9:.1f} GB free of {usage.total / 1e9:.1f} GB ({folder})"
        why = "When the disk is full, output of services is lost and nothing new is remembered."
        status: Status = "error" if usage.free < TOO_LITTLE else "warning"
        if usage.free < ENOUGH:
            findings.append(Finding(f"disk.{key}", title, status, what, why, "Make room on that disk."))
        else:
            findings.append(Finding(f"disk.{key}", title, "ok", what))
    return findings


def check_data_folder(settings: Settings) -> list[Finding]:
    folder = settings.data_dir
    title, where = "Data folder", str(folder)
    keeper = synchronised_by(folder)
    if keeper:
        what = f"{where} is kept by {keeper}"
        return [Finding("data_folder", title, "warning", what, DATABASE_IN_DANGER, MOVE)]
    refusal = _not_writable(folder)
    if refusal:
        why = "Nothing can be remembered."
        fix = "Make it writable, or set DATA_DIR to another folder."
        return [Finding("data_folder", title, "error", f"{where}: {refusal}", why, fix)]
    return [Finding("data_folder", title, "ok", where if folder.exists() else f"{where} (made at the first start)")]


def check_log_folder(settings: Settings) -> list[Finding]:
    refusal = _not_writable(settings.log_dir)
    if refusal:
        what, why = f"{settings.log_dir}: {refusal}", "Neither the daemon nor the services can write their logs."
        fix = "Make it writable, or set LOG_DIR to another folder."
        return [Finding("log_folder", "Logs", "error", what, why, fix)]
    return [Finding("log_folder", "Logs", "ok", str(settings.log_dir))]


def check_dashboard(dist: Path = ROOT / "frontend" / "dist") -> list[Finding]:
    if (dist / "index.html").is_file():
        return [Finding("dashboard", "Dashboard", "ok", "built")]
    why = "The API works, but the browser has nothing to show."
    fix = "Run install.bat (Windows) or ./install.sh; it says what stands in the way."
    return [Finding("dashboard", "Dashboard", "warning", "not built", why, fix)]


def synchronised_by(folder: Path) -> str | None:
    """Who else keeps this folder: a synchroniser or a network share; None for a plain local one."""
    resolved = _existing(folder).resolve() if folder.exists() else folder
    for variable in SYNCED_BY_ENVIRONMENT:
        root = os.environ.get(variable)
        if root and resolved.is_relative_to(root):
            return "OneDrive"
    for part in resolved.parts:
        name = part.lower()
        if any(name == synced or name.startswith((f"{synced} -", f"{synced}-", f"{synced} (")) for synced in SYNCED):
            return part
    return _network_share(resolved)


def _network_share(folder: Path) -> str | None:
    if str(PurePath(folder)).startswith("\\\\"):
        return "a network share"
    mounts = [one for one in psutil.disk_partitions(all=True) if folder.is_relative_to(one.mountpoint)]
    if not mounts:
        return None
    nearest = max(mounts, key=lambda one: len(one.mountpoint))
    remote = nearest.fstype.lower() in NETWORK_FILE_SYSTEMS or "remote" in nearest.opts.split(",")
    return f"a network share ({nearest.mountpoint})" if remote else None


def _existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder


def _not_writable(folder: Path) -> str | None:
    """Why nothing can be written here, found by writing; for a folder that is not there yet, above it."""
    at = _existing(folder)
    if not at.is_dir():
        return f"{at} is a file"
    try:
        with tempfile.TemporaryFile(dir=at):
            return None
    except OSError as error:
        return error.strerror or str(error)
