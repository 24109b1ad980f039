"""What a tool inherits, and what it must not."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from backend.services.processes.environment import tool_environment


def test_a_tool_gets_the_person_s_environment_and_its_own_on_top() -> None:
    environment = tool_environment({"HOME": "/home/a", "LANG": "C"}, {"LANG": "de", "N8N_PORT": "5678"}, ())
    assert (environment["HOME"], environment["LANG"], environment["N8N_PORT"]) == ("/home/a", "de", "5678")
    assert (environment["PYTHONUNBUFFERED"], environment["PYTHONUTF8"]) == ("1", "1")


def test_what_belongs_to_the_daemon_is_taken_out() -> None:
    inherited = {"VIRTUAL_ENV": "/x", "PYTHONHOME": "/y", "PORT": "8080", "Api_Token": "secret", "KEPT": "1"}
    environment = tool_environment(inherited, {}, ["PORT", "API_TOKEN"])
    assert set(environment) == {"KEPT", "PYTHONUNBUFFERED", "PYTHONUTF8"}


def test_what_the_person_sets_for_a_tool_stays() -> None:
    assert tool_environment({"PORT": "8080"}, {"PORT": "5678"}, ["PORT"])["PORT"] == "5678"


def test_the_daemon_s_own_virtual_environment_is_not_on_the_path() -> None:
    assert sys.prefix != sys.base_prefix, "run in .venv"
    own = str(Path(sys.prefix) / ("Scripts" if os.name == "nt" else "bin"))
    environment = tool_environment({"PATH": os.pathsep.join([own, "/usr/bin"])}, {}, ())
    assert environment["PATH"] == "/usr/bin"
