"""Settings of the daemon: command line over environment over `.env` over defaults. `.env.example` explains each.

`Settings` reads the environment only; `load_settings` is what a person's start goes through: it also reads `.env`,
warns of keys there that mean nothing, and turns every bad value into a sentence (`SettingsError`).
"""

from __future__ import annotations

import difflib
import ipaddress
import json
import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from dotenv.parser import parse_stream
from pydantic import Field, SecretStr, ValidationError, computed_field, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")
ORIGIN = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s]+", re.IGNORECASE)


class SettingsError(Exception):
    """Every setting that cannot be used, a sentence each: what was given, where, and what to give instead."""

    def __init__(self, *sentences: str) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = sentences


def default_data_dir() -> Path:
    """The user's local (never roaming) data folder."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
        return Path(base) / "ControlCenter"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "ControlCenter"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "control-center"


def is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _list(value: Any) -> Any:
    """`a, b` and `["a", "b"]` alike."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if not text.startswith("["):
        return [part.strip() for part in text.split(",") if part.strip()]
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(f"the JSON list ends or breaks at character {error.pos + 1}") from error


Names = Annotated[tuple[str, ...], NoDecode]
Port = Annotated[int, Field(ge=1, le=65535, description="a whole number from 1 to 65535")]


class Settings(BaseSettings):
    """Each `description` is what the setting accepts, in words that complete "Give …"."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    app_name: str = Field(default="Control Center", min_length=1, max_length=100, description="a name")
    host: str = Field(default="127.0.0.1", description="127.0.0.1, localhost or ::1")
    port: int = Field(
        default=8080, ge=0, le=65535, description="a whole number from 1 to 65535 (0: any port that is free)"
    )
    debug: bool = Field(default=False, description="true or false")
    database_url: str = Field(default="", description="a database address, or leave it out", repr=False)
    cors_origins: Names = Field(default=(), description="origins such as http://localhost:5173, separated by commas")
    allowed_hosts: Names = Field(default=LOOPBACK_NAMES, description="host names without a port, separated by commas")
    api_token: SecretStr | None = Field(default=None, description="a secret text")
    ws_update_interval: float = Field(
        default=2.0, ge=0.1, le=60, allow_inf_nan=False, description="seconds from 0.1 to 60"
    )
    port_scan_start: Port = 3000
    port_scan_end: Port = 9000
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = Field(
        default="INFO", description="DEBUG, INFO, WARNING, ERROR or CRITICAL"
    )
    log_dir: Path = Field(default=ROOT / "logs", description="a folder")
    data_dir: Path = Field(default_factory=default_data_dir, description="a folder")
    config_dir: Path = Field(default=ROOT, description="a folder")
    config_file: Path = Field(default=Path("control-center.yaml"), description="a file")
    max_concurrent_runs: int = Field(default=4, ge=1, le=1000, description="a whole number from 1 to 1000")
    prismq_run_mode: Literal["auto", "async", "threaded", "local", "dry-run"] = Field(
        default="auto", description="auto, async, threaded, local or dry-run"
    )

    @field_validator("cors_origins", "allowed_hosts", mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        return _list(value)

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: Any) -> Any:
        return value.upper() if isinstance(value, str) else value

    @field_validator("host")
    @classmethod
    def _loopback(cls, value: str) -> str:
        if not is_loopback(value):
            raise ValueError("whoever reaches the dashboard runs commands as you, so it listens on this machine only")
        return value

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if origin == "*":
                raise ValueError("* would let every web page that you open control your tools")
            if not ORIGIN.fullmatch(origin.rstrip("/")):
                raise ValueError(f"{origin} is not an origin")
        return tuple(origin.rstrip("/") for origin in value)

    @field_validator("allowed_hosts")
    @classmethod
    def _hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if "*" in value:
            raise ValueError("* would let a web page reach the API under a name of its own")
        return value

    @field_validator("log_dir", "data_dir", "config_dir", "config_file")
    @classmethod
    def _path(cls, value: Path) -> Path:
        if any(character < " " for character in str(value)):
            raise ValueError("it holds a control character, as a backslash in double quotes makes; use / or no quotes")
        return value.expanduser()

    @field_validator("log_dir", "data_dir", "config_dir")
    @classmethod
    def _folder(cls, value: Path) -> Path:
        return ROOT / value

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.port_scan_start > self.port_scan_end:
            raise ValueError(
                f"PORT_SCAN_START ({self.port_scan_start}) is above PORT_SCAN_END ({self.port_scan_end}); swap them"
            )
        if "data_dir" in self.model_fields_set and "log_dir" not in self.model_fields_set:
            object.__setattr__(self, "log_dir", self.data_dir / "logs")
        return self

    @computed_field  # type: ignore[prop-decorator]
    @property
    def definitions_path(self) -> Path:
        """`CONFIG_FILE`, relative to `CONFIG_DIR`."""
        return (self.config_dir / self.config_file).resolve()

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values of settings that nobody may see."""
        return (self.api_token.get_secret_value(),) if self.api_token else ()

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{(self.data_dir / 'control-center.db').as_posix()}"


def load_settings(
    overrides: Mapping[str, Any] | None = None, env_file: Path = ROOT / ".env"
) -> tuple[Settings, tuple[str, ...]]:
    """The settings in force and the warnings about `.env`. `overrides` are of the command line, by field name."""
    overrides = {} if overrides is None else overrides
    written = _lines(env_file)
    sources: dict[str, Any] = {"_env_file": env_file if written else None, "_env_file_encoding": "utf-8-sig"}
    try:
        settings = Settings(**sources, **overrides)
    except ValidationError as error:
        raise SettingsError(*(_sentence(fault, overrides, env_file, written) for fault in error.errors())) from error
    return settings, _unknown_keys(written, env_file)


def _lines(env_file: Path) -> dict[str, int]:
    """Line of each key of `.env`."""
    if not env_file.is_file():
        return {}
    try:
        with env_file.open(encoding="utf-8-sig") as file:
            bindings = tuple(parse_stream(file))
    except UnicodeDecodeError as error:
        raise SettingsError(f"{env_file} is not UTF-8 text. Save it again with the encoding UTF-8.") from error
    except OSError as error:
        raise SettingsError(f"{env_file} cannot be read ({error.strerror}). Make it readable or remove it.") from error
    wrong = [binding.original.line for binding in bindings if binding.error]
    if wrong:
        raise SettingsError(*(f"{env_file}, line {line}: write it as NAME=value." for line in wrong))
    return {binding.key.lower(): binding.original.line for binding in bindings if binding.key is not None}


def _unknown_keys(written: Mapping[str, int], env_file: Path) -> tuple[str, ...]:
    warnings = []
    for key, line in written.items():
        if key not in Settings.model_fields:
            nearest = difflib.get_close_matches(key, Settings.model_fields, n=1)
            hint = f"Did you mean {nearest[0].upper()}?" if nearest else ".env.example lists all settings."
            warnings.append(f"{env_file}, line {line}: {key.upper()} is not a setting and has no effect. {hint}")
    return tuple(warnings)


def _sentence(fault: ErrorDetails, overrides: Mapping[str, Any], env_file: Path, written: Mapping[str, int]) -> str:
    reason = fault["msg"].removeprefix("Value error, ").removesuffix(".").replace("Input should", "it should")
    if not fault["loc"]:
        return f"{reason}."
    name = str(fault["loc"][0]).lower()
    field = Settings.model_fields[name]
    given = name.upper() if name in ("api_token", "database_url") else f"{name.upper()}={fault['input']}"
    return f"{given} ({_origin(name, overrides, env_file, written)}): {reason}. Give {field.description}."


def _origin(name: str, overrides: Mapping[str, Any], env_file: Path, written: Mapping[str, int]) -> str:
    if name in overrides:
        return "on the command line"
    if name in {key.lower() for key in os.environ}:
        return "in the environment"
    return f"in {env_file}, line {written[name]}"
