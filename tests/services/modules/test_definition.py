"""The `modules` section: what each key comes to, and every fault at its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.services.definitions.model import Limits
from backend.services.modules.model import Condition, Parameter, Retry
from tests.services.modules.conftest import One, Read


def test_all_keys_of_a_module(one: One, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / ".env").write_text("KEY=from-the-file\n")
    found = one(
        """
name: Train
description: Trains a model
category: models/small
version: 2.1.0
tags: [gpu, nightly]
status: maintenance
enabled: false
command: [python3, train.py]
cwd: work
env: {A: "1", B: "${env:TOKEN}"}
env_file: .env
pass: stdin
timeout: 2h
retries: {attempts: 3, delay: 5s, max_delay: 1m}
concurrency: 2
exclusive: gpu0
priority: -5
outputs: ["*.pt", "logs/*.csv"]
stop: {timeout: 30s, signal: SIGINT}
limits: {memory: 2GB}
log: {max_size: 1MB}
"""
    )
    assert (found.id, found.name, found.category, found.version) == ("one", "Train", "models/small", "2.1.0")
    assert (found.tags, found.status, found.enabled, found.cwd) == (
        ("gpu", "nightly"),
        "maintenance",
        False,
        tmp_path / "work",
    )
    assert found.env == {"A": "1", "B": "s3cr3t-token", "KEY": "from-the-file"}
    assert found.secret_env == {"B", "KEY"}
    assert found.secrets == {"s3cr3t-token", "from-the-file"}
    assert (found.passing, found.timeout, found.retry) == ("stdin", 7200, Retry(3, 5, 60))
    assert (found.concurrency, found.exclusive, found.priority) == (2, ("gpu0",), -5)
    assert found.outputs == ("*.pt", "logs/*.csv")
    assert (found.stop.timeout, found.stop.signal, found.limits) == (30, "SIGINT", Limits(memory=2_000_000_000))
    assert (found.log.max_size, found.log.keep) == (1_000_000, 10)
    assert found.unavailable == "Train is switched off: its definition says `enabled: false`."


def test_little_is_needed(one: One, tmp_path: Path) -> None:
    found = one("command: [python3]")
    assert (found.name, found.cwd, found.parameters, found.unavailable) == ("one", tmp_path, (), None)
    assert (found.timeout, found.retry.attempts, found.concurrency, found.passing) == (None, 0, None, "arguments")
    assert (found.log.max_size, found.log.keep) == (100_000_000, 10)
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "a.py").touch()
    found = one("script: s/a.py\ninterpreter: venv/bin/python\nretries: 2")
    assert (found.script, found.cwd) == (tmp_path / "s" / "a.py", tmp_path / "s")
    assert (found.interpreter, found.retry.attempts) == ((str(tmp_path / "venv/bin/python"),), 2)
    assert one("script: s/a.py\ninterpreter: [python3, -u]").interpreter == ("python3", "-u")


def test_parameters_as_a_list_and_as_a_mapping_come_to_the_same(one: One) -> None:
    listed = one(
        """
command: [python3]
parameters:
  - {name: url, required: true, label: Address, placeholder: "https://",
     validation: {pattern: 'https?://.+', message: no address}}
  - {name: count, type: integer, default: 5, min: 1, max: 10, step: 2}
  - {name: key, type: password, env: API_KEY}
  - {name: size, type: select, options: [small, 720], default: small, conditional_display: {field: big, value: true}}
  - {name: big, type: checkbox, default: false, warning: slow}
  - {name: plain}
"""
    )
    mapped = one(
        """
command: [python3]
parameters:
  url:
    required: true
    label: Address
    placeholder: "https://"
    validation: {pattern: 'https?://.+', message: no address}
  count: {type: int, default: 5, min: 1, max: 10, step: 2}
  key: {type: secret, env: API_KEY}
  size: {options: [small, 720], default: small, conditional_display: {field: big, value: true}}
  big: {default: false, warning: slow}
  plain:
"""
    )
    assert listed.parameters == mapped.parameters
    url, count, key, size, big, plain = listed.parameters
    assert (url.kind, url.required, url.title, url.validation and url.validation.whole) == (
        "text",
        True,
        "Address",
        True,
    )
    assert (count.kind, count.integer, count.default, count.min, count.max, count.step) == ("number", True, 5, 1, 10, 2)
    assert (key.kind, key.secret, key.variable) == ("password", True, "API_KEY")
    assert (size.options, size.condition) == (("small", 720), Condition("big", True))
    assert (big.kind, big.default, big.warning) == ("checkbox", False, "slow")
    assert plain == Parameter("plain")


@pytest.mark.parametrize(
    ("given", "kind", "default"),
    [
        ("{default: 0.5}", "number", 0.5),
        ("{min: 1}", "number", None),
        ('{default: "5"}', "text", "5"),
        ("{options: [a]}", "select", None),
    ],
)
def test_a_type_that_is_not_given_is_seen_in_the_other_keys(
    one: One, given: str, kind: str, default: float | str | None
) -> None:
    (found,) = one(f"command: [python3]\nparameters: {{x: {given}}}").parameters
    assert (found.kind, found.default) == (kind, default)


def test_one_wrong_module_is_told_and_harms_neither_the_others_nor_the_services(read: Read) -> None:
    found, loaded = read(
        """
services:
  db: {command: [python3]}
modules:
  good: {command: [python3]}
  wrong: {command: [python3], timout: 5}
  empty:
  text: python3
  a b: {command: [python3]}
"""
    )
    assert loaded.good
    assert list(loaded.services) == ["db"]
    assert [module.id for module in found.modules] == ["good"]
    told = [(fault.severity, fault.line, fault.path, fault.message) for fault in loaded.faults]
    assert told == [
        ("warning", 6, "modules.wrong.timout", "`timout` is not a key of modules.wrong"),
        ("warning", 7, "modules.empty", "the module `empty` has no settings"),
        ("warning", 8, "modules.text", "a module is a mapping, not `python3`"),
        ("warning", 9, "modules.a b", "`a b` cannot be an id"),
    ]
    assert loaded.faults[0].hint == "Did you mean `timeout`? Until then the module is not there"
    assert [(one.module, one.fault.severity) for one in found.faults] == [
        *(("wrong", "error"), ("empty", "error"), ("text", "error"), ("a b", "error"))
    ]


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ("name: x", "`command` is missing"),
        ("{command: [python3], script: control-center.yaml}", "a module has a `command` or a `script`, not both"),
        ("{command: [python3], interpreter: node}", "an interpreter belongs to a `script`"),
        ("{command: python3 a.py}", "a command is a list, not `python3 a.py`"),
        ("{command: [python3], status: off}", "`off` is not one of active, inactive and maintenance"),
        ("{command: [python3], timeout: 0}", "a duration must be more than 0 here"),
        ("{command: [python3], retries: -1}", "`-1` is not a count of retries"),
        ("{command: [python3], concurrency: 0}", "`0` is not a count of runs"),
        ("{command: [python3], pass: file}", "`file` is not one of arguments, env, stdin and json"),
        ("{command: [python3], outputs: [../x]}", "`../x` leads out of the run's folder"),
        ("{command: [python3], outputs: ['C:\\x']}", "`C:\\x` leads out of the run's folder"),
        (
            "{command: [python3], pass: env, parameters: {a: {argument: -f}}}",
            "`argument` of `a` has no effect: parameters are passed by env",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_module(read: Read, config: Path, block: str, message: str) -> None:
    config.touch()
    found, loaded = read(f"modules:\n  one:\n    {block}\n")
    assert [fault.message for fault in loaded.faults] == [message]
    assert found.modules == ()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ("[{type: text}]", "the parameter has no `name`"),
        ("[{name: a}, {name: a}]", "the parameter `a` is declared twice"),
        ("[{name: a b}]", "`a b` cannot be the name of a parameter"),
        ("[{name: __system__}]", "`__system__` is reserved"),
        ("{a: {type: date}}", "`date` is not a type of parameter"),
        ("{a: {type: select}}", "a select has options"),
        ("{a: {type: text, options: [x]}}", "a text has no options"),
        ("{a: {type: text, min: 1}}", "a text has no min"),
        ("{a: {type: number, validation: x}}", "a number is not matched against a pattern"),
        ("{a: {min: 5, max: 1}}", "max is below min (5)"),
        ("{a: {type: number, default: many}}", "`many` is not a number"),
        ("{a: {type: number, max: 1e999}}", "`1e999` is not a number"),
        ("{a: {type: number, default: 5, max: 4}}", "the default must be at most 4"),
        ("{a: {options: [x, y], default: z}}", "the default must be one of x and y"),
        ("{a: {type: checkbox, default: 5}}", "`5` is neither true nor false"),
        ("{a: {validation: '['}}", "this is not a regular expression: unterminated character set at position 0"),
        ("{a: {conditional_display: {field: b, value: 1}}}", "`a` is shown by `b`, which is no parameter"),
        ("{a: {conditional_display: {field: b}}, b: }", "a condition has a field and a value"),
        ("{a: {argument: format}}", "`format` is not an option"),
        ("{a: {argument: --x/--y}}", "only a checkbox has two options"),
        ("{a: {type: checkbox, argument: positional}}", "a checkbox cannot be positional"),
        ("{a: {type: checkbox, multiple: true}}", "a checkbox cannot be multiple"),
        ("{a: {env: A-B}}", "`A-B` cannot be the name of a variable"),
        ("{a: {multiple: true, default: x}}", "this must be a list, not `x`"),
        ("{a: {defualt: x}}", "`defualt` is not a key of modules.one.parameters.a"),
    ],
)
def test_what_is_wrong_with_a_parameter(read: Read, parameters: str, message: str) -> None:
    found, loaded = read(f"modules:\n  one:\n    command: [python3]\n    parameters: {parameters}\n")
    assert [fault.message for fault in loaded.faults] == [message]
    assert [fault.line for fault in loaded.faults] == [4]
    assert found.modules == ()


def test_a_port_that_a_module_has_not_stays_as_it_is_with_a_warning(read: Read) -> None:
    found, loaded = read(
        "modules:\n  one:\n    command:\n    - python3\n    - --port=${PORT}\n    env: {A: '$${PORT}'}\n"
    )
    (module,) = found.modules
    assert (module.command, module.env) == (("python3", "--port=${PORT}"), {"A": "${PORT}"})
    (fault,) = loaded.faults
    assert (fault.severity, fault.line, fault.message) == (
        *("warning", 5, "`${PORT}` stays as it is: a module has no port"),
    )
    assert fault.hint == "Write the port itself, ${env:PORT} for the variable, or $${PORT} for the text"


def test_conditions_in_a_circle_are_told(read: Read) -> None:
    _, loaded = read(
        "modules:\n  one:\n    command: [python3]\n    parameters:\n"
        "      a: {conditional_display: {field: b, value: 1}}\n"
        "      b: {conditional_display: {field: a, value: 1}}\n"
    )
    assert [fault.message for fault in loaded.faults] == [
        "`a` is shown only if a and b are, in a circle",
        "`b` is shown only if b and a are, in a circle",
    ]


def test_what_is_missing_on_disk_is_a_warning_and_the_module_is_there(read: Read) -> None:
    found, loaded = read(
        "modules:\n  import: old.json\n  folders: [more]\n  a: {command: [no-such-program]}\n  b: {script: gone.py}\n"
    )
    assert [(fault.severity, fault.message) for fault in loaded.faults] == [
        ("warning", "the list `old.json` is not there"),
        ("warning", "the folder `more` does not exist"),
        ("warning", "the program `no-such-program` is not there"),
        ("warning", "the script `gone.py` is not there"),
    ]
    assert [module.id for module in found.modules] == ["a", "b"]
    assert ([path.name for path in found.imports], [path.name for path in found.folders]) == (["old.json"], ["more"])


def test_names_that_no_system_takes_are_not_there(read: Read) -> None:
    name = "x" * 5000
    found, loaded = read(
        f"modules:\n  import: {name}\n  folders: {name}\n"
        f"  a: {{script: {name}.py}}\n  b: {{command: [python3], cwd: {name}}}\n  c: {{command: [{name}/x]}}\n"
    )
    assert [module.id for module in found.modules] == ["a", "b", "c"]
    assert [fault.message.replace(name, "x") for fault in loaded.faults] == [
        "the list `x` is not there",
        "the folder `x` does not exist",
        "the script `x.py` is not there",
        "the folder `x` does not exist",
        "the program `x/x` is not there",
    ]
