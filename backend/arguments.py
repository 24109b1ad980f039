"""The command line of `python -m backend`: what a person typed → the settings in force. Serves nothing itself."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from backend import __version__
from backend.config import ROOT, Settings, load_settings

OK: Final = 0
FAILED: Final = 1
BAD_SETTINGS: Final = 2
ALREADY_RUNNING: Final = 3
"""Exit code where another daemon looks after the same data folder, unless `--join` was given."""

EPILOG = """Every setting can also be given by the environment or in the file .env beside run.bat;
.env.example explains all of them. The command line wins over the environment, and that over .env."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """`warnings` are sentences for the person and for the log; they stop nothing."""

    settings: Settings
    warnings: tuple[str, ...]
    open_browser: bool
    join: bool


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m backend",
        description="Control Center: starts, watches and stops the tools that you declare in control-center.yaml.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--config", metavar="FILE", help="the definitions (default: control-center.yaml)")
    parser.add_argument(
        "--data-dir", metavar="DIR", help="the folder of the database and, unless LOG_DIR says else, logs"
    )
    parser.add_argument("--host", help="the address to listen on, of this machine only (default: 127.0.0.1)")
    parser.add_argument("--port", help="the port to listen on (default: 8080)")
    parser.add_argument("--no-browser", action="store_true", help="do not open the dashboard in a browser")
    parser.add_argument(
        "--join", action="store_true", help="where one runs on this data folder already, open its dashboard"
    )
    parser.add_argument("--version", action="version", version=f"Control Center {__version__}")
    return parser


def parse(argv: Sequence[str], env_file: Path = ROOT / ".env") -> Invocation:
    """Settings for `argv`; relative paths are taken from the current folder.

    Raises `SettingsError` for a value that cannot be used, `SystemExit` after `--help`, `--version` and unknown flags.
    """
    given = _parser().parse_args(argv)
    overrides: dict[str, Any] = {"host": given.host, "port": given.port}
    for name, path in (("config_file", given.config), ("data_dir", given.data_dir)):
        overrides[name] = None if path is None else Path(path).expanduser().absolute()
    settings, warnings = load_settings(
        {name: value for name, value in overrides.items() if value is not None}, env_file
    )
    return Invocation(settings, warnings, open_browser=not given.no_browser, join=given.join)


def _from_here(path: str | None) -> Path | None:
    return None if path is None else Path(path).expanduser().absolute()
