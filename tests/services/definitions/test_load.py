"""What a good file means: values resolved, defaults and anchors merged, variables expanded, secrets known."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from backend.services.definitions.load import load
from backend.services.definitions.model import (
    Dependency,
    HealthCheck,
    Limits,
    LogPolicy,
    PortChoice,
    RestartPolicy,
    StopPlan,
)
from backend.services.definitions.place import Place, Surroundings
from backend.services.definitions.port_variable import with_port
from backend.services.definitions.readers import duration
from tests.services.definitions.conftest import Read

PYTHON = 'command: ["${center:python}", "-V"]'

EVERYTHING = """
services:
  db:
    command: ["${center:python}"]
  tool:
    name: Tool
    description: |
      Does this
      and that
    command: ["${center:python}", -u, tool.py]
    cwd: sub
    env: {N8N_PORT: 5678, EMPTY: ""}
    env_file: tool.env
    port: {base: 8188, auto: false}
    log_file: logs/tool.log
    url: http://127.0.0.1:5678/start
    autostart: yes
    lifetime: persistent
    tags: [ai, image]
    start_seconds: 1.5
    restart: {when: always, max_restarts: 3, window: 5m, delay: 500, max_delay: 2h, exit_codes: [0, 143]}
    depends_on: {db: {condition: healthy, restart: true}}
    health: {http: "http://127.0.0.1:5678/", initial_delay: 5s, interval: 3s, timeout: 1, failures: 2, successes: 2,
      restart: no}
    stop: {timeout: 1m, signal: CTRL_C, command: ["${center:python}", stop.py], http: "http://127.0.0.1:5678/stop"}
    limits: {memory: 2GB, cpu: 150%, sustain: 10s, priority: low, affinity: [0, 1]}
    log: {max_size: 1.5MB, keep: 3, max_age: 7d, compress: false, encoding: cp1252}
    usage: {meter: false}
"""


def test_every_key_arrives_resolved(read: Read, around: Surroundings, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "tool.env").write_text("# keys\nexport KEY='from the file'\nN8N_PORT=1\n", encoding="utf-8")
    loaded = read(EVERYTHING)
    assert loaded.good, loaded.faults
    tool = loaded.services["tool"]
    assert tool.command[1:] == ("-u", "tool.py")
    assert tool.description == "Does this\nand that\n"
    assert tool.cwd == tmp_path / "sub"
    assert tool.env == {"N8N_PORT": "5678", "EMPTY": "", "KEY": "from the file"}
    assert tool.env_file == tmp_path / "tool.env"
    assert tool.port == PortChoice(8188, auto=False)
    assert tool.port_number == 8188
    assert tool.log_file == around.log_dir / "logs" / "tool.log"
    assert tool.url == "http://127.0.0.1:5678/start"
    assert (tool.autostart, tool.lifetime, tool.tags, tool.start_seconds) == (True, "persistent", ("ai", "image"), 1.5)
    assert tool.restart == RestartPolicy("always", 3, 300.0, 500.0, 7200.0, (0, 143))
    assert tool.depends_on == {"db": Dependency("healthy", restart=True)}
    assert tool.health == HealthCheck(
        http="http://127.0.0.1:5678/", initial_delay=5, interval=3, timeout=1, failures=2, successes=2, restart=False
    )
    assert tool.stop == StopPlan(60, "CTRL_C", (tool.command[0], "stop.py"), "http://127.0.0.1:5678/stop")
    assert tool.limits == Limits(2_000_000_000, 150.0, 10.0, "low", (0, 1))
    assert tool.log == LogPolicy(1_500_000, 3, 604_800.0, compress=False, encoding="cp1252")


def test_only_the_command_is_needed(read: Read, around: Surroundings, tmp_path: Path) -> None:
    loaded = read(f"services: {{tool: {{{PYTHON}}}}}")
    assert loaded.faults == ()
    tool = loaded.services["tool"]
    assert (tool.name, tool.cwd, tool.log_file) == ("tool", tmp_path, around.log_dir / "tool.log")
    assert (tool.autostart, tool.lifetime, tool.restart.when) == ("last", "adopt", "on-failure")


@pytest.mark.parametrize(
    ("given", "policy"),
    [
        ("always", RestartPolicy("always")),
        ("never", RestartPolicy("never")),
        ("{delay: 1m}", RestartPolicy(delay=60, max_delay=60)),
    ],
)
def test_restart_in_short_and_long(given: str, policy: RestartPolicy, read: Read) -> None:
    assert read(f"services: {{a: {{{PYTHON}, restart: {given}}}}}").services["a"].restart == policy


@pytest.mark.parametrize("probe", ["tcp: 8188", "log_line: 'ready|up'", 'command: ["${center:python}", check.py]'])
def test_each_probe_makes_a_health_check(probe: str, read: Read) -> None:
    loaded = read(f"services: {{a: {{{PYTHON}, health: {{{probe}}}}}}}")
    assert loaded.faults == ()
    health = loaded.services["a"].health
    assert health is not None
    probes = (health.http, health.tcp, health.command, health.log_line)
    assert [one for one in probes if one is not None] in ([8188], [re.compile("ready|up")], [health.command])


@pytest.mark.parametrize("port", ["8188", "'8188'", "{base: 8188}", "{base: 8188, auto: true}"])
def test_the_port_to_be_asked_is_the_one_that_the_service_has(port: str, read: Read) -> None:
    loaded = read(f"services: {{a: {{{PYTHON}, port: {port}, health: {{tcp: '${{PORT}}'}}}}}}")
    assert loaded.faults == ()
    resolved = with_port(loaded.services["a"], 8188)
    assert resolved.health == HealthCheck(tcp=8188)


def test_an_absolute_log_is_where_the_person_put_it(read: Read, tmp_path: Path) -> None:
    log = tmp_path / "elsewhere" / "tool.log"
    loaded = read(f"services: {{a: {{{PYTHON}, log_file: '{log}'}}}}")
    assert loaded.faults == ()
    assert loaded.services["a"].log_file == log


@pytest.mark.parametrize("service", ["app", "con", "LPT1"])
def test_an_id_that_cannot_name_a_log_has_one_all_the_same(service: str, read: Read, around: Surroundings) -> None:
    loaded = read(f"services: {{{service}: {{{PYTHON}}}}}")
    assert loaded.faults == ()
    assert loaded.services[service].log_file == around.log_dir / f"{service}-service.log"


class TestDefaults:
    def test_are_what_services_do_not_say(self, read: Read) -> None:
        services = read(f"""
defaults:
  restart: {{when: always, delay: 2s}}
  env: {{A: base, B: base}}
  tags: [all]
  health: {{interval: 3s}}
services:
  plain: {{{PYTHON}}}
  own: {{{PYTHON}, restart: never, env: {{B: own}}, tags: [mine], health: {{tcp: 8188}}}}
""").services
        assert services["plain"].restart == RestartPolicy("always", delay=2)
        assert services["plain"].env == {"A": "base", "B": "base"}
        assert services["plain"].health is None
        assert services["own"].restart == RestartPolicy("never", delay=2)
        assert services["own"].env == {"B": "own", "A": "base"}
        assert services["own"].tags == ("mine",)
        assert services["own"].health == HealthCheck(tcp=8188, interval=3)

    def test_give_way_to_a_key_without_a_value(self, read: Read) -> None:
        services = read(f"defaults: {{restart: always}}\nservices: {{a: {{{PYTHON}, restart: }}}}").services
        assert services["a"].restart == RestartPolicy()

    def test_are_told_wrong_once_for_all_services(self, read: Read) -> None:
        many = "".join(f"  s{number}: {{{PYTHON}}}\n" for number in range(5))
        (fault,) = read(f"defaults:\n  stop: {{timeout: soon}}\nservices:\n{many}").faults
        assert (fault.line, fault.path) == (2, "defaults.stop.timeout")


class TestAnchors:
    def test_merge_keys_bring_what_is_not_there(self, read: Read) -> None:
        services = read(f"""
x-base: &base {{{PYTHON}, tags: [base], env: {{A: "1"}}}}
x-more: &more {{lifetime: session, tags: [more]}}
services:
  one: {{<<: *base, port: 8188}}
  two: {{<<: [*more, *base], env: {{B: "2"}}}}
""").services
        assert (services["one"].port, services["one"].tags) == (8188, ("base",))
        assert (services["two"].lifetime, services["two"].tags, services["two"].env) == (
            "session",
            ("more",),
            {"B": "2"},
        )

    def test_a_fault_in_an_anchor_is_told_once(self, read: Read) -> None:
        text = (
            f"x-r: &r {{when: sometimes}}\nservices:\n  a: {{{PYTHON}, restart: *r}}\n  b: {{{PYTHON}, restart: *r}}\n"
        )
        assert [fault.line for fault in read(text).faults] == [1]


class TestVariables:
    def test_are_expanded_everywhere(self, read: Read) -> None:
        tool = read(f"services: {{a: {{{PYTHON}, port: '${{env:PORT}}', description: 'on ${{env:PORT}}'}}}}").services[
            "a"
        ]
        assert (tool.port, tool.description) == (8188, "on 8188")

    def test_text_with_two_dollars_is_kept(self, read: Read) -> None:
        tool = read(f"services: {{a: {{{PYTHON}, description: '$${{env:PORT}} costs $5'}}}}").services["a"]
        assert tool.description == "${env:PORT} costs $5"

    def test_what_they_bring_is_a_secret(self, read: Read) -> None:
        loaded = read(
            f"services: {{a: {{{PYTHON}, env: {{KEY: '${{env:TOKEN}}', P: '${{env:PORT}}'}}}}, b: {{{PYTHON}}}}}"
        )
        assert loaded.secrets == {"s3cr3t-token"}
        assert loaded.services["a"].secrets == {"s3cr3t-token"}
        assert loaded.services["a"].secret_env == {"KEY", "P"}
        assert loaded.services["b"].secrets == frozenset()

    def test_what_a_file_brings_is_a_secret(self, read: Read, tmp_path: Path) -> None:
        (tmp_path / "keys.env").write_text("KEY=from-the-file\nno assignment\n", encoding="utf-8")
        loaded = read(f"services:\n  a:\n    {PYTHON}\n    env_file: keys.env\n")
        assert loaded.secrets == {"from-the-file"}
        assert list(loaded.env_files) == [tmp_path / "keys.env"]
        assert [(fault.severity, fault.line, fault.message) for fault in loaded.faults] == [
            ("warning", 4, "line 2 of `keys.env` is not NAME=value")
        ]

    def test_faults_quote_what_was_written_never_the_secret(self, read: Read) -> None:
        loaded = read(
            f"services: {{a: {{{PYTHON}, port: '${{env:TOKEN}}', cwd: '${{env:TOKEN}}', url: '${{env:TOKEN}}'}}}}"
        )
        assert len(loaded.faults) == 3
        assert "s3cr3t" not in "".join(str(fault.as_json()) for fault in loaded.faults)

    def test_an_unset_folder_is_not_the_current_one(self, read: Read) -> None:
        loaded = read(f"services: {{a: {{{PYTHON}, cwd: '${{env:UNSET}}'}}}}")
        assert loaded.good
        assert not loaded.services["a"].cwd.exists()

    def test_common_names_are_no_secrets(self, around: Surroundings) -> None:
        known = replace(around, environ={**around.environ, "USERPROFILE": "/home/someone"})
        loaded = load(f"services: {{a: {{{PYTHON}, env: {{HERE: '${{env:USERPROFILE}}/x'}}}}}}", known)
        assert loaded.services["a"].env == {"HERE": "/home/someone/x"}
        assert loaded.secrets == frozenset()


class TestSections:
    def test_go_to_the_area_that_knows_them(self, around: Surroundings) -> None:
        def retention(place: Place) -> float | None:
            fields = place.fields(("events",))
            return None if fields is None else fields.get("events", duration, 0.0)

        loaded = load("retention: {events: 90d}\n", around, {"retention": retention})
        assert (loaded.faults, loaded.sections) == ((), {"retention": 7_776_000.0})

    def test_tell_their_own_faults(self, around: Surroundings) -> None:
        loaded = load("retention: {evnts: 90d}\n", around, {"retention": lambda place: place.fields(("events",))})
        assert [(fault.path, fault.hint) for fault in loaded.faults] == [("retention.evnts", "Did you mean `events`?")]


class TestPrograms:
    def test_are_sought_relative_to_the_folder(self, read: Read, tmp_path: Path) -> None:
        (tmp_path / "sub").mkdir()
        program = tmp_path / "sub" / "tool.bat"
        program.write_text("@exit /b 0\n", encoding="utf-8")
        program.chmod(0o755)
        assert read("services: {a: {command: [./tool.bat], cwd: sub}}").faults == ()
        assert len(read("services: {a: {command: [./tool.bat]}}").faults) == 1

    def test_are_sought_on_the_services_own_path(self, read: Read, tmp_path: Path) -> None:
        (tmp_path / "bin").mkdir()
        program = tmp_path / "bin" / "our-tool.bat"
        program.write_text("@exit /b 0\n", encoding="utf-8")
        program.chmod(0o755)
        assert read(f"services: {{a: {{command: [our-tool.bat], env: {{PATH: '{tmp_path / 'bin'}'}}}}}}").faults == ()


def test_a_broken_service_does_not_make_those_that_need_it_wrong(read: Read) -> None:
    loaded = read(f"services:\n  db: nothing\n  app: {{{PYTHON}, depends_on: [db]}}\n")
    assert [fault.path for fault in loaded.faults] == ["services.db"]


def test_five_hundred_services_that_wait_for_each_other_in_a_row(read: Read) -> None:
    row = "".join(f"  s{number}: {{{PYTHON}, depends_on: [s{number + 1}]}}\n" for number in range(499))
    loaded = read(f"services:\n{row}  s499: {{{PYTHON}}}\n")
    assert loaded.faults == ()
    assert len(loaded.services) == 500
    (fault,) = read(f"services:\n{row}  s499: {{{PYTHON}, depends_on: [s0]}}\n").faults
    assert " → ".join([*(f"s{number}" for number in range(500)), "s0"]) in fault.message


def test_each_circle_is_told_once(read: Read) -> None:
    edges = {"a": "b", "b": "c", "c": "a", "d": "a", "e": "f", "f": "e"}
    text = "services:\n" + "".join(f"  {name}: {{{PYTHON}, depends_on: [{on}]}}\n" for name, on in edges.items())
    assert [fault.message for fault in read(text).faults] == [
        "services wait for each other: a → b → c → a",
        "services wait for each other: e → f → e",
    ]
