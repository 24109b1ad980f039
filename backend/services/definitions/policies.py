"""The parts of a service's definition that are mappings of their own: restart, health, stop, limits, log."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from backend.services.definitions import readers
from backend.services.definitions.commands import command
from backend.services.definitions.model import (
    CONDITIONS,
    PRIORITIES,
    RESTARTS,
    SELF_RESTARTS,
    SIGNALS,
    Condition,
    Dependency,
    HealthCheck,
    Limits,
    LogPolicy,
    PortChoice,
    Priority,
    RestartPolicy,
    RestartWhen,
    Signal,
    StopPlan,
)
from backend.services.definitions.place import Fields, Place
from backend.services.definitions.port_variable import PORT

PROBES = ("http", "tcp", "command", "log_line")
_TIMING = ("initial_delay", "interval", "timeout", "failures", "successes", "restart")
_MEANT: dict[str, RestartWhen] = {
    **dict.fromkeys(("no", "off", "false", "none"), "never"),
    **dict.fromkeys(("yes", "on", "true", "unless-stopped"), "always"),
    **dict.fromkeys(("failure", "on-error", "on-crash"), "on-failure"),
}
_MEANT_SIGNALS: dict[str, Signal] = {
    **{name.removeprefix("SIG").lower(): name for name in SIGNALS},
    **dict.fromkeys(("ctrl+c", "ctrl-c", "ctrl_c_event"), "CTRL_C"),
    **dict.fromkeys(("ctrl+break", "ctrl-break", "ctrl_break_event"), "CTRL_BREAK"),
}
_MEANT_CONDITIONS: dict[str, Condition] = {
    **dict.fromkeys(("service_started", "process_started"), "started"),
    **dict.fromkeys(("service_healthy", "process_healthy"), "healthy"),
    **dict.fromkeys(("service_completed_successfully", "process_completed_successfully"), "exited_ok"),
}
_MEANT_PRIORITIES: dict[str, Priority] = {"below_normal": "low", "above_normal": "high"}

_LOG = LogPolicy()

port_number = readers.integer(1, 65535, "a port")
_count = readers.integer(0, 1_000_000, "a count")
_once_or_more = readers.integer(1, 1_000_000, "a count of at least 1")
_exit_code = readers.integer(0, 2**32 - 1, "an exit code")
_exit_codes = readers.list_of(_exit_code, "[0, 143]")
_processors = readers.list_of(readers.integer(0, 4095, "the number of a processor"), "[0, 1]")
restart_when = readers.choice(RESTARTS, _MEANT)
_condition = readers.choice(CONDITIONS, _MEANT_CONDITIONS)
_signal = readers.choice(SIGNALS, _MEANT_SIGNALS)
_priority = readers.choice(PRIORITIES, _MEANT_PRIORITIES)
_self_restart = readers.choice(SELF_RESTARTS)


def port(place: Place) -> int | PortChoice | None:
    """`8188` or `{base: 8188, auto: true}`."""
    if not isinstance(place.node, MappingNode):
        return port_number(place)
    fields = place.fields(("base", "auto"))
    if fields is None:
        return None
    if "base" not in fields:
        place.error("`base` is missing", "Write the port to try first: {base: 8188, auto: true}")
    return PortChoice(base=fields.get("base", port_number, 1), auto=fields.get("auto", readers.boolean, False))


def restart(place: Place) -> RestartPolicy | None:
    """`on-failure`, or a mapping."""
    if isinstance(place.node, ScalarNode):
        when = restart_when(place)
        return None if when is None else RestartPolicy(when=when)
    fields = place.fields(("when", "max_restarts", "window", "delay", "max_delay", "exit_codes", "self"))
    if fields is None:
        return None
    plain = RestartPolicy()
    delay = fields.get("delay", readers.duration, plain.delay)
    policy = RestartPolicy(
        when=fields.get("when", restart_when, plain.when),
        max_restarts=fields.get("max_restarts", _count, plain.max_restarts),
        window=fields.get("window", readers.some_time, plain.window),
        delay=delay,
        max_delay=fields.get("max_delay", readers.duration, max(plain.max_delay, delay)),
        exit_codes=fields.get("exit_codes", _codes, plain.exit_codes),
        self_restart=fields.get("self", _self_restart, None),
    )
    longest = fields.at("max_delay")
    if longest is not None and policy.max_delay < policy.delay:
        longest.error("max_delay is shorter than delay", "Make it at least as long: the delay grows up to it")
    return policy


def _codes(place: Place) -> tuple[int, ...] | None:
    if isinstance(place.node, SequenceNode):
        return _exit_codes(place)
    code = _exit_code(place)
    return None if code is None else (code,)


def dependencies(place: Place) -> Mapping[str, Dependency] | None:
    """`[db]` or `{db: {condition: healthy}}`."""
    if isinstance(place.node, SequenceNode):
        names = readers.list_of(readers.one_line, "[db]")(place)
        return None if names is None else dict.fromkeys(names, Dependency())
    if isinstance(place.node, ScalarNode):
        place.error(f"depends_on is a list or a mapping, not {place.kind}", f"Write [{place.raw}]")
        return None
    fields = place.fields(None)
    return None if fields is None else {name: fields.get(name, _dependency, Dependency()) for name in fields}


def _dependency(place: Place) -> Dependency | None:
    fields = place.fields(("condition", "restart"))
    if fields is None:
        return None
    return Dependency(
        condition=fields.get("condition", _condition, "started"), restart=fields.get("restart", readers.boolean, False)
    )


def health(place: Place) -> HealthCheck | None:
    """Exactly one probe, and how often it is asked."""
    fields = place.fields((*PROBES, *_TIMING))
    if fields is None:
        return None
    given = [probe for probe in PROBES if probe in fields]
    if len(given) != 1:
        message = f"a health check has one probe, here are {' and '.join(given)}" if given else "the probe is missing"
        place.error(message, "Keep one of http, tcp, command, log_line")
        return None
    tcp = cast("int | str | None", fields.get("tcp", _probed_port, None))  # of a union mypy makes an object
    return replace(
        _timing(fields),
        http=fields.get("http", readers.url, None),
        tcp=tcp,
        command=fields.get("command", command, None),
        log_line=fields.get("log_line", readers.regex, None),
    )


def _probed_port(place: Place) -> int | str | None:
    """A number, or the variable for the port that the service gets."""
    if place.raw == PORT:
        return PORT
    if PORT in place.raw:
        place.error(f"{place.kind} is not a port", f"Write {PORT} alone, or a number from 1 to 65535")
        return None
    return port_number(place)


def health_timing(place: Place) -> HealthCheck | None:
    """What `defaults` may say of health: all but the probe."""
    fields = place.fields(_TIMING)
    return None if fields is None else _timing(fields)


def _timing(fields: Fields) -> HealthCheck:
    plain = HealthCheck()
    return HealthCheck(
        initial_delay=fields.get("initial_delay", readers.duration, plain.initial_delay),
        interval=fields.get("interval", readers.some_time, plain.interval),
        timeout=fields.get("timeout", readers.some_time, plain.timeout),
        failures=fields.get("failures", _once_or_more, plain.failures),
        successes=fields.get("successes", _once_or_more, plain.successes),
        restart=fields.get("restart", readers.boolean, plain.restart),
    )


def stop(place: Place) -> StopPlan | None:
    fields = place.fields(("timeout", "signal", "command", "http"))
    if fields is None:
        return None
    plain = StopPlan()
    return StopPlan(
        timeout=fields.get("timeout", readers.duration, plain.timeout),
        signal=fields.get("signal", _signal, plain.signal),
        command=fields.get("command", command, None),
        http=fields.get("http", readers.url, None),
    )


def limits(place: Place) -> Limits | None:
    fields = place.fields(("memory", "cpu", "processes", "sustain", "priority", "affinity"))
    if fields is None:
        return None
    return Limits(
        memory=fields.get("memory", readers.size, None),
        cpu=fields.get("cpu", readers.share, None),
        processes=fields.get("processes", _once_or_more, None),
        sustain=fields.get("sustain", readers.duration, Limits().sustain),
        priority=fields.get("priority", _priority, None),
        affinity=fields.get("affinity", _processors, ()),
    )


def log(place: Place, plain: LogPolicy = _LOG) -> LogPolicy | None:
    """`plain` is what holds for a key that is not given."""
    fields = place.fields(("max_size", "keep", "max_age", "compress", "encoding"))
    if fields is None:
        return None
    return LogPolicy(
        max_size=fields.get("max_size", readers.size, plain.max_size),
        keep=fields.get("keep", _count, plain.keep),
        max_age=fields.get("max_age", readers.some_time, plain.max_age),
        compress=fields.get("compress", readers.boolean, plain.compress),
        encoding=fields.get("encoding", _encoding, plain.encoding),
    )


def _encoding(place: Place) -> str | None:
    name = readers.one_line(place)
    if name is None:
        return None
    try:
        b"".decode(name)  # refuses codecs that give no text
        return codecs.lookup(name).name
    except (LookupError, ValueError):
        place.error(f"{place.kind} is not an encoding", "Write utf-8, or the tool's own: cp1252, cp437, shift_jis")
        return None


def usage(place: Place) -> bool | None:
    """`{meter: true}`: what the service spends is metered."""
    fields = place.fields(("meter",))
    return None if fields is None else fields.get("meter", readers.boolean, False)
