"""A toast on the desktop of whoever is logged in here, by what the system has for that."""

from __future__ import annotations

import html
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import PureWindowsPath

from backend.services.notifications.sending.message import Message, Undelivered

LIMIT = 10.0  # seconds
_URGENCY = {"info": "low", "warning": "normal", "critical": "critical"}
_MAC_SCRIPT = "on run argv\ndisplay notification (item 2 of argv) with title (item 1 of argv)\nend run"
_WINDOWS_SCRIPT = """
$ErrorActionPreference = 'Stop'
[Windows.UI.Notifications.ToastNotificationManager, Windows.UI.Notifications, ContentType = WindowsRuntime] | Out-Null
[Windows.Data.Xml.Dom.XmlDocument, Windows.Data.Xml.Dom.XmlDocument, ContentType = WindowsRuntime] | Out-Null
$kind = [Windows.UI.Notifications.ToastTemplateType]::ToastText02
$toast = [Windows.UI.Notifications.ToastNotificationManager]::GetTemplateContent($kind)
$texts = $toast.GetElementsByTagName('text')
$texts.Item(0).AppendChild($toast.CreateTextNode($env:CONTROL_CENTER_TITLE)) | Out-Null
$texts.Item(1).AppendChild($toast.CreateTextNode($env:CONTROL_CENTER_TEXT)) | Out-Null
$powershell = '{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\WindowsPowerShell\\v1.0\\powershell.exe'
$notifier = [Windows.UI.Notifications.ToastNotificationManager]::CreateToastNotifier($powershell)
$notifier.Show([Windows.UI.Notifications.ToastNotification]::new($toast))
"""


def send(message: Message) -> None:
    """Raises `Undelivered`."""
    command, variables, missing = _COMMANDS.get(sys.platform, _on_linux)(message)
    try:
        done = subprocess.run(
            command,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=LIMIT,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except FileNotFoundError:
        raise Undelivered(missing) from None
    except subprocess.TimeoutExpired:
        raise Undelivered(f"the desktop did not take it within {LIMIT:g} s") from None
    except OSError as error:
        raise Undelivered(f"{command[0]} cannot be started: {error.strerror}") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise Undelivered(f"the desktop did not take it: {said or f'{command[0]} exited with {done.returncode}'}")


Command = tuple[list[str], Mapping[str, str], str]
"""The command line, variables for it, and what to say where the program is not there."""


def _on_linux(message: Message) -> Command:
    """Bodies are markup there, titles are not."""
    urgency, text = _URGENCY[message.severity], html.escape(message.text, quote=False)
    command = ["notify-send", f"--urgency={urgency}", "--app-name=Control Center", "--", message.title, text]
    return command, {}, "notify-send is not installed: it is in the package libnotify-bin, or libnotify"


def _on_mac(message: Message) -> Command:
    command = ["osascript", "-e", _MAC_SCRIPT, "--", message.title, message.text]
    return command, {}, "osascript is not there"


def _on_windows(message: Message) -> Command:
    """By the PowerShell that is a part of Windows; what is said travels in variables: it can be no command."""
    folder = PureWindowsPath(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", "WindowsPowerShell", "v1.0")
    script = b64encode(_WINDOWS_SCRIPT.encode("utf-16-le")).decode()
    command = [str(folder / "powershell.exe"), "-NoProfile", "-NonInteractive", "-EncodedCommand", script]
    variables = {"CONTROL_CENTER_TITLE": message.title, "CONTROL_CENTER_TEXT": message.text}
    return command, variables, "the PowerShell of Windows is not there"


_COMMANDS: Mapping[str, Callable[[Message], Command]] = {"darwin": _on_mac, "win32": _on_windows}
