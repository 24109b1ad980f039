"""One service's definition, from its keys to a `ServiceSpec`."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from backend.core.secrets import worth_hiding
from backend.services.definitions import policies, readers
from backend.services.definitions.commands import command
from backend.services.definitions.faults import nearest
from backend.services.definitions.model import (
    LIFETIMES,
    Autostart,
    LogPolicy,
    PortChoice,
    RestartPolicy,
    ServiceSpec,
    StopPlan,
)
from backend.services.definitions.paths import default_log, find_program, folder, is_dir, log_file, path_text, resolve
from backend.services.definitions.place import Fields, Place
from backend.services.definitions.port_variable import PORT, uses_port, with_port
from backend.services.definitions.source import Unreadable, stamp
from backend.services.definitions.variables import read_env_file

SERVICE_KEYS = (
    *("name", "description", "command", "cwd", "env", "env_file", "port", "log_file", "url", "tags"),
    *("autostart", "lifetime", "start_seconds", "restart", "depends_on", "health", "stop", "limits", "log", "usage"),
)
# What other programs, and this one's predecessors, call the same thing.
ELSEWHERE = {
    **dict.fromkeys(("cmd", "executable", "script", "entrypoint", "exec", "args", "program"), "command"),
    **dict.fromkeys(("working_dir", "workingdir", "working_directory", "workdir", "directory", "dir", "path"), "cwd"),
    **dict.fromkeys(("environment", "environ"), "env"),
    **dict.fromkeys(("envfile", "dotenv"), "env_file"),
    **dict.fromkeys(("ports", "listen"), "port"),
    **dict.fromkeys(("logfile", "stdout_logfile", "log_path"), "log_file"),
    **dict.fromkeys(("auto_start", "enabled"), "autostart"),
    **dict.fromkeys(("dependencies", "requires", "after", "needs"), "depends_on"),
    **dict.fromkeys(("health_check", "healthcheck", "readiness_probe", "liveness_probe"), "health"),
    **dict.fromkeys(("startup_time", "startsecs"), "start_seconds"),
    **dict.fromkeys(("shutdown_timeout", "stop_timeout", "stopwaitsecs", "stop_signal", "shutdown"), "stop"),
    **dict.fromkeys(("autorestart", "restart_policy", "availability"), "restart"),
    **dict.fromkeys(("mem_limit", "memory", "cpus", "resources"), "limits"),
    **dict.fromkeys(("type", "label", "labels", "category", "group"), "tags"),
    **dict.fromkeys(("title", "display_name", "container_name"), "name"),
}
ID = re.compile(r"[A-Za-z0-9_-]{1,100}")


class Launched(Protocol):
    """What is started by a command: a service, and whatever else a definition declares."""

    @property
    def command(self) -> tuple[str, ...]: ...
    @property
    def cwd(self) -> Path: ...
    @property
    def env(self) -> Mapping[str, str]: ...


lifetime = readers.choice(LIFETIMES)
tags = readers.list_of(readers.one_line, "[ai, image]")


def named_id(key: Place) -> bool:
    """Whether the key is fit to be the id of what also has a `name`; otherwise a fault with one that would be."""
    return is_id(key, ", and put the rest in `name`")


def is_id(key: Place, further: str = "") -> bool:
    """Whether the key is fit to be an id; otherwise a fault with one that would be, and what the hint says further."""
    if ID.fullmatch(key.raw):
        return True
    fit = re.sub(r"[^A-Za-z0-9_-]+", "-", key.raw).strip("-")[:100] or "my-id"
    key.error(f"`{key.raw[:60]}` cannot be an id", f"Use up to 100 letters, digits, - and _: `{fit}`{further}")
    return False


def read_service(place: Place, key: Place) -> ServiceSpec | None:
    """None where the definition has not even its keys, or no usable command."""
    fields = place.fields(SERVICE_KEYS, ELSEWHERE)
    if fields is None:
        return None
    secrets_before = len(place.reading.secrets)
    program = _command(fields, key)
    cwd = fields.get("cwd", folder, place.reading.around.folder)
    env, env_file, secret_env = variables(fields)
    log = fields.get("log_file", log_file, None) or default_log(key.raw, place.reading.around.log_dir)
    spec = ServiceSpec(
        id=key.raw,
        name=fields.get("name", readers.one_line, key.raw) or key.raw,
        description=fields.get("description", readers.text, ""),
        command=program,
        cwd=cwd,
        env=env,
        env_file=env_file,
        port=_port(fields),
        log_file=log,
        url=fields.get("url", readers.url, None),
        autostart=fields.get("autostart", autostart, "last"),
        lifetime=fields.get("lifetime", lifetime, "adopt"),
        tags=fields.get("tags", tags, ()),
        start_seconds=fields.get("start_seconds", readers.duration, 1.0),
        restart=fields.get("restart", policies.restart, _RESTART),
        depends_on=fields.get("depends_on", policies.dependencies, {}),
        health=fields.get("health", policies.health, None),
        stop=fields.get("stop", policies.stop, _STOP),
        limits=fields.get("limits", policies.limits, None),
        log=fields.get("log", policies.log, _LOG),
        usage_meter=fields.get("usage", policies.usage, False),
        secrets=frozenset(filter(worth_hiding, place.reading.secrets[secrets_before:])),
        secret_env=secret_env,
    )
    if spec.port is None and uses_port(spec):
        key.error(f"`{PORT}` stands for the port, and this service has none", "Add one: port: 8188")
    elif isinstance(spec.port, int):
        spec = with_port(spec, spec.port)
    if program:
        warn_of_missing_program(fields, spec)
    return spec


_RESTART, _STOP, _LOG = RestartPolicy(), StopPlan(), LogPolicy()


def _port(fields: Fields) -> int | PortChoice | None:
    place = fields.at("port")
    return None if place is None else policies.port(place)


def _command(fields: Fields, key: Place) -> tuple[str, ...]:
    if fields.lacks("command"):
        key.error("`command` is missing", 'It is the only key that a service needs: command: ["python", "main.py"]')
    return fields.get("command", command, ())


def autostart(place: Place) -> Autostart | None:
    return "last" if place.raw == "last" else _autostart_word(place)


def _autostart_word(place: Place) -> bool | None:
    if place.raw.lower() in {"true", "false", "yes", "no", "on", "off"}:
        return readers.boolean(place)
    meant = {"always": "true", "never": "false"}.get(place.raw.lower()) or nearest(place.raw, ("true", "false", "last"))
    hint = f"Did you mean {meant}?" if meant else "Write true, false, or last (as it was before the daemon stopped)"
    place.error(f"{place.kind} is not true, false or last", hint)
    return None


def environment(place: Place) -> dict[str, tuple[str, bool]] | None:
    """Each variable with its value, and whether that holds a secret."""
    fields = place.fields(None)
    if fields is None:
        return None
    found: dict[str, tuple[str, bool]] = {}
    for name in fields:
        key, value = fields.key(name), fields.at(name)
        if not name or "=" in name or name != name.strip():
            key.error(f"`{name}` cannot be the name of a variable", "Leave out = and spaces: NAME: value")
        elif value is None:
            key.error(f"the variable {name} has no value", f'Write {name}: "" for an empty one')
        else:
            before = len(place.reading.secrets)
            found[name] = (readers.text(value) or "", len(place.reading.secrets) > before)
    return found


def env_file(place: Place) -> tuple[Path, dict[str, str]] | None:
    """The file and what it holds; a warning where it is missing or holds other lines."""
    value = path_text(place)
    if value is None:
        return None
    path = resolve(value, place.reading.around.folder)
    place.reading.env_files[path] = stamp(path)
    try:
        found = read_env_file(path)
    except OSError as error:
        place.warning(f"the file `{place.raw}` cannot be read: {error.strerror}", "Create it, with NAME=value lines")
        return path, {}
    except Unreadable as unreadable:
        place.error(f"in `{place.raw}`, line {unreadable.place[0]}: {unreadable.message}", unreadable.hint)
        return path, {}
    for line in found.wrong_lines:
        place.warning(
            f"line {line} of `{place.raw}` is not NAME=value", "Correct it there, or make it a comment with #"
        )
    place.reading.secrets.extend(value for value in found.values.values() if value)
    return path, dict(found.values)


def variables(fields: Fields) -> tuple[dict[str, str], Path | None, frozenset[str]]:
    """What `env_file` and `env` give together, the file, and the names of those that hold a secret."""
    path, from_file = fields.get("env_file", env_file, (None, {}))
    own = fields.get("env", environment, {})
    merged = {**from_file, **{name: value for name, (value, _) in own.items()}}
    secret = {name for name in from_file if name not in own} | {name for name, (_, hidden) in own.items() if hidden}
    return merged, path, frozenset(secret)


def warn_of_missing_program(fields: Fields, spec: Launched) -> None:
    """A warning where the program of `command` is not there."""
    place, name = fields.at("command"), spec.command[0]
    has_folder = bool(os.path.dirname(name))  # noqa: PTH120
    if place is None:
        return
    search = spec.env.get("PATH", spec.env.get("Path", place.reading.around.search_path))
    known = place.reading.programs
    key = (name, spec.cwd if has_folder else None, search)
    if key not in known:
        unknowable = has_folder and not is_dir(spec.cwd)
        known[key] = unknowable or find_program(name, spec.cwd, search) is not None
    if not known[key]:
        program = Place(place.node.value[0], place.reading, place, "[0]")
        program.warning(f"the program `{program.raw}` is not there", _program_hint(name, spec, search, has_folder))


def _program_hint(name: str, spec: Launched, search: str, has_folder: bool) -> str:
    if name in {"python", "python3", "py"}:
        other = next((word for word in ("python3", "python", "py") if find_program(word, spec.cwd, search)), None)
        return f"Write {other}, or ${{center:python}}" if other else "Write ${center:python}, or the path of a Python"
    if has_folder:
        return f"Correct the path; it is relative to {spec.cwd}"
    return "Install it, add its folder to PATH, or write its whole path"
