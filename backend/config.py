"""Settings of the daemon: command line over environment over `.env` over defaults. `.env.example` explains each."""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, computed_field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")


def default_data_dir() -> Path:
    """The user's local (never roaming) data folder."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
        return Path(base) / "ControlCenter"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "ControlCenter"
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "control-center"


def _list(value: Any) -> Any:
    """`a, b` and `["a", "b"]` alike."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    return json.loads(text) if text.startswith("[") else [part.strip() for part in text.split(",") if part.strip()]


Names = Annotated[tuple[str, ...], NoDecode]


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True)

    app_name: str = "Control Center"
    host: str = "127.0.0.1"
    port: int = Field(default=8080, ge=0, le=65535)
    debug: bool = False
    database_url: str = ""
    cors_origins: Names = ()
    allowed_hosts: Names = LOOPBACK_NAMES
    api_token: SecretStr | None = None
    ws_update_interval: float = Field(default=2.0, gt=0, le=60)
    port_scan_start: int = Field(default=3000, ge=1, le=65535)
    port_scan_end: int = Field(default=9000, ge=1, le=65535)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"] = "INFO"
    log_dir: Path = ROOT / "logs"
    data_dir: Path = Field(default_factory=default_data_dir)
    config_dir: Path = ROOT
    config_file: Path = Path("control-center.yaml")
    max_concurrent_runs: int = Field(default=4, ge=1)
    prismq_run_mode: Literal["auto", "async", "threaded", "local", "dry-run"] = "auto"

    @field_validator("cors_origins", "allowed_hosts", mode="before")
    @classmethod
    def _names(cls, value: Any) -> Any:
        return _list(value)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def definitions_path(self) -> Path:
        """`CONFIG_FILE`, relative to `CONFIG_DIR`."""
        return (self.config_dir / self.config_file).resolve()

    @property
    def database(self) -> str:
        return self.database_url or f"sqlite+aiosqlite:///{(self.data_dir / 'control-center.db').as_posix()}"

    @property
    def folder_hash(self) -> str:
        """Names this data folder where its path would be too long: the keeper's socket, marks in environments."""
        return hashlib.sha256(str(self.data_dir.resolve()).encode()).hexdigest()[:12]
