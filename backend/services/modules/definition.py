"""One module's definition, from its keys to a `Module`: the same keys in the configuration, in a `module.yaml` and in
the block of a script."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from backend.core.secrets import worth_hiding
from backend.services.definitions import policies, readers
from backend.services.definitions.commands import command
from backend.services.definitions.model import LogPolicy, StopPlan
from backend.services.definitions.paths import folder, is_file, path_text, resolve
from backend.services.definitions.place import Fields, Place, Reader
from backend.services.definitions.port_variable import PORT
from backend.services.definitions.service import tags, variables, warn_of_missing_program
from backend.services.modules.asked import parameters
from backend.services.modules.declared import plans
from backend.services.modules.model import PASSINGS, RUN_LOG, STATUSES, Module, Origin, Passing, Retry, Status

MODULE_KEYS = (
    *("name", "description", "category", "version", "tags", "status", "enabled", "command", "script", "interpreter"),
    *("cwd", "env", "env_file", "parameters", "pass", "timeout", "retries", "concurrency", "exclusive", "priority"),
    *("outputs", "stop", "limits", "log", "schedule", "triggers"),
)
ELSEWHERE = {
    **dict.fromkeys(("cmd", "exec", "executable", "run", "entrypoint", "args"), "command"),
    **dict.fromkeys(("script_path", "file", "path", "main"), "script"),
    **dict.fromkeys(("python", "shell", "runtime"), "interpreter"),
    **dict.fromkeys(("working_dir", "working_directory", "workdir", "directory"), "cwd"),
    **dict.fromkeys(("environment", "environ"), "env"),
    **dict.fromkeys(("params", "inputs", "arguments", "options"), "parameters"),
    **dict.fromkeys(("passing", "pass_as"), "pass"),
    **dict.fromkeys(("time_limit", "max_time", "run_timeout"), "timeout"),
    **dict.fromkeys(("retry", "max_retries", "attempts"), "retries"),
    **dict.fromkeys(("max_concurrent", "max_children", "parallel", "instances"), "concurrency"),
    **dict.fromkeys(("lock", "locks", "mutex", "resources"), "exclusive"),
    **dict.fromkeys(("artifacts", "artefacts", "results", "output"), "outputs"),
    **dict.fromkeys(("title", "display_name"), "name"),
    **dict.fromkeys(("label", "labels"), "tags"),
    **dict.fromkeys(("group", "folder"), "category"),
    **dict.fromkeys(("cron", "schedules", "every", "interval"), "schedule"),
    **dict.fromkeys(("trigger", "on", "after"), "triggers"),
}
_MEANT_STATUSES: dict[str, Status] = {
    **dict.fromkeys(("on", "true", "enabled"), "active"),
    **dict.fromkeys(("off", "false", "disabled"), "inactive"),
}
_STOP = StopPlan()
_PORT = re.compile(r"(?<!\$)" + re.escape(PORT))

_status = readers.choice(STATUSES, _MEANT_STATUSES)
_MEANT_PASSINGS: dict[str, Passing] = {"args": "arguments", "environment": "env"}
_passing = readers.choice(PASSINGS, _MEANT_PASSINGS)
_once_or_more = readers.integer(1, 1000, "a count of runs")
_attempts = readers.integer(0, 100, "a count of retries")
_priority = readers.integer(-1000, 1000, "a priority")
_words = readers.list_of(readers.text, "[python3, -u]")


def read_module(
    place: Place, key: Place, *, module_id: str, origin: Origin, file: Path, script: Path | None
) -> Module | None:
    """None where the definition has not even its keys, or nothing to run. `key` is where its id stands, or the
    definition itself; `script` is the script that it stands in."""
    secrets_before = len(place.reading.secrets)
    if (fields := place.fields(MODULE_KEYS, ELSEWHERE)) is None:
        return None
    words, script = _what_to_run(fields, script)
    if not _is_either(fields, key, words, script):
        return None
    env, env_file, secret_env = variables(fields)
    module = Module(
        id=module_id,
        name=fields.get("name", readers.one_line, module_id) or module_id,
        origin=origin,
        file=file,
        command=words,
        script=script,
        interpreter=fields.get("interpreter", _interpreter, ()),
        cwd=fields.get("cwd", folder, place.reading.around.folder if script is None else script.parent),
        description=fields.get("description", readers.text, ""),
        category=fields.get("category", readers.one_line, ""),
        version=fields.get("version", readers.one_line, "1.0.0"),
        tags=fields.get("tags", tags, ()),
        status=fields.get("status", _status, "active"),
        enabled=fields.get("enabled", readers.boolean, True),
        parameters=fields.get("parameters", parameters, ()),
        passing=fields.get("pass", _passing, "arguments"),
        env=env,
        env_file=env_file,
        timeout=fields.get("timeout", readers.some_time, None),
        retry=fields.get("retries", _retry, Retry()),
        concurrency=fields.get("concurrency", _once_or_more, None),
        exclusive=fields.get("exclusive", _exclusive, ()),
        priority=fields.get("priority", _priority, 0),
        outputs=fields.get("outputs", _outputs, ()),
        stop=fields.get("stop", policies.stop, _STOP),
        limits=fields.get("limits", policies.limits, None),
        log=fields.get("log", _log, RUN_LOG),
        secret_env=secret_env,
    )
    module = replace(module, plans=plans(fields, module))
    _look_over(fields, module)
    return replace(module, secrets=frozenset(filter(worth_hiding, place.reading.secrets[secrets_before:])))


def _what_to_run(fields: Fields, carrier: Path | None) -> tuple[tuple[str, ...], Path | None]:
    """A command, or a script. `carrier` is the script that the definition stands in."""
    if carrier is None:
        return fields.get("command", command, ()), fields.get("script", file_called("script"), None)
    for name in ("command", "script"):
        if (place := fields.at(name)) is not None:
            place.error("what is run is this script itself", f"Leave `{name}` out")
    return (), carrier


def _is_either(fields: Fields, key: Place, words: Sequence[str], script: Path | None) -> bool:
    if words and script is not None:
        key.error("a module has a `command` or a `script`, not both", "Leave one of them out")
    elif "interpreter" in fields and words:
        place = fields.at("interpreter") or key
        place.error("an interpreter belongs to a `script`", "Write it as the first word of the command")
    elif words or script is not None:
        return True
    elif "command" not in fields and "script" not in fields:
        key.error("`command` is missing", 'Say what to run, command: ["yt-dlp"], or which script: collect.py')
    return False


def file_called(what: str) -> Reader[Path]:
    """A file; that it is not there is a warning, which calls it `what`."""

    def read(place: Place) -> Path | None:
        value = path_text(place)
        if not value:
            return None
        found = resolve(value, place.reading.around.folder)
        if not is_file(found):
            place.warning(f"the {what} `{place.raw}` is not there", f"Correct the path; it is {found}")
        return found

    return read


def _interpreter(place: Place) -> tuple[str, ...] | None:
    """A program, or a program and its options. One with a folder counts from the folder of the definition."""
    if isinstance(place.node, ScalarNode):
        word = path_text(place)
        words: tuple[str, ...] | None = (word,) if word else None
    else:
        words = _words(place)
    if not words:
        return None
    first = words[0]
    if re.search(r"[\\/]", first):
        first = str(resolve(first, place.reading.around.folder))
    return (first, *words[1:])


def _retry(place: Place) -> Retry | None:
    """`3`, or a mapping."""
    if not isinstance(place.node, MappingNode):
        attempts = _attempts(place)
        return None if attempts is None else Retry(attempts)
    fields = place.fields(("attempts", "delay", "max_delay"))
    if fields is None:
        return None
    plain = Retry()
    delay = fields.get("delay", readers.duration, plain.delay)
    return Retry(
        attempts=fields.get("attempts", _attempts, 1),
        delay=delay,
        max_delay=fields.get("max_delay", readers.duration, max(plain.max_delay, delay)),
    )


def _exclusive(place: Place) -> tuple[str, ...] | None:
    """`gpu0` or `[gpu0, camera]`."""
    if isinstance(place.node, ScalarNode):
        word = readers.one_line(place)
        return None if word is None else (word,)
    return tags(place)


def _outputs(place: Place) -> tuple[str, ...] | None:
    found = readers.list_of(_output, '["*.png"]')(place)
    return None if found is None else tuple(dict.fromkeys(found))


def _output(place: Place) -> str | None:
    value = path_text(place)
    if value and (value.startswith(("/", "\\", "~")) or ".." in re.split(r"[\\/]", value) or value[1:2] == ":"):
        place.error(f"{place.kind} leads out of the run's folder", "Write a pattern below it: results/*.csv")
        return None
    return value


def _log(place: Place) -> LogPolicy | None:
    return policies.log(place, RUN_LOG)


def _look_over(fields: Fields, module: Module) -> None:
    """What is wrong between its keys, and with what they name."""
    if module.command:
        warn_of_missing_program(fields, module)
    _check_arguments(fields, module)
    _warn_of_port(fields.place)


def _check_arguments(fields: Fields, module: Module) -> None:
    """An option of a parameter says nothing where nothing is passed as an option."""
    if module.passing == "arguments":
        return
    for one in module.parameters:
        if one.argument is not None:
            place = fields.at("pass") or fields.place
            message = f"`argument` of `{one.name}` has no effect: parameters are passed by {module.passing}"
            place.error(message, "Leave `pass` out, or `argument`")


def _warn_of_port(place: Place) -> None:
    """A module has no port that could stand for `${PORT}`."""
    for node in _scalars(place.node):
        if _PORT.search(node.value):
            message = f"`{PORT}` stays as it is: a module has no port"
            hint = f"Write the port itself, ${{env:PORT}} for the variable, or ${PORT} for the text"
            Place(node, place.reading, place).warning(message, hint)


def _scalars(node: Node) -> Iterator[ScalarNode]:
    if isinstance(node, ScalarNode):
        yield node
    elif isinstance(node, SequenceNode):
        for item in node.value:
            yield from _scalars(item)
    elif isinstance(node, MappingNode):
        for _, value in node.value:
            yield from _scalars(value)
