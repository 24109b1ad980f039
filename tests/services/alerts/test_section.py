"""What people write below `alerts:`, rightly and wrongly."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from backend.checking import check
from backend.config import Settings
from backend.services.alerts.model import BudgetAt, LogSays, Section, Silent, StateIs, Threshold, Window
from backend.services.alerts.patterns import LONGEST
from backend.services.alerts.section import MOST_RULES, section
from backend.services.definitions.load import Loaded, load, surroundings
from backend.services.usage.section import section as usage

TOOL = json.dumps({"command": [sys.executable]})
OTHERS = f"""
services: {{a: {TOOL}, b: {TOOL}}}
usage: {{budgets: {{daily: {{per: day, hard: 5}}}}}}
"""


def read(text: str, tmp_path: Path) -> Loaded:
    """With what rules may be about."""
    around = surroundings(tmp_path / "control-center.yaml", log_dir=tmp_path, root=tmp_path, environ={})
    return load(f"{text}{OTHERS}", around, {"alerts": section, "usage": usage})


def alerts(text: str, tmp_path: Path) -> Section:
    loaded = read(f"alerts: {{{text}}}", tmp_path)
    assert loaded.faults == ()
    found: Section = loaded.sections["alerts"]
    return found


@pytest.mark.parametrize(
    ("rule", "condition", "words"),
    [
        ("metric: disk, above: 95%", Threshold("disk", "percent", 95, None, 95), "disk above 95 %"),
        ("metric: cpu, below: 5", Threshold("cpu", "percent", None, 5, 5), "cpu below 5 %"),
        (
            "metric: memory, service: a, above: 2GB, clear: 1.5GB",
            Threshold("service:a:memory", "bytes", 2e9, None, 1.5e9),
            "service:a:memory above 2 GB until 1.5 GB",
        ),
        (
            'metric: "gpu:*:temperature", above: 85 °C',
            Threshold("gpu:*:temperature", "celsius", 85, None, 85),
            "gpu:*:temperature above 85 °C",
        ),
        (
            "metric: cpu, service: a, above: 250%",
            Threshold("service:a:cpu", "percent", 250, None, 250),
            "service:a:cpu above 250 %",
        ),
        (
            'metric: "gpu:0:temperature", above: 110',
            Threshold("gpu:0:temperature", "celsius", 110, None, 110),
            "gpu:0:temperature above 110 °C",
        ),
        (
            'metric: "temperature:*", below: -5',
            Threshold("temperature:*", "celsius", None, -5, -5),
            "temperature:* below -5 °C",
        ),
        (
            "metric: net_out, above: 10MB/s",
            Threshold("net_out", "bytes_per_second", 1e7, None, 1e7),
            "net_out above 10 MB/s",
        ),
        ("state: failed, service: a", StateIs("a", ("failed",)), "a failed"),
        (
            'state: [crashed, unhealthy], service: "*"',
            StateIs("*", ("crashed", "unhealthy")),
            "each service crashed or unhealthy",
        ),
        ("log: 'a.c', service: a", LogSays("a.c", "a", 300, 1), "a writes `a.c` within 5 min"),
        (
            'log: x, service: "*", count: 3, within: 1m',
            LogSays("x", "*", 60, 3),
            "each service writes `x` 3 times within 1 min",
        ),
        ("budget: daily, at: 80%", BudgetAt("daily", 80, None), "budget daily spent to 80 %"),
        ('budget: "*", at: $2.50', BudgetAt("*", None, 2.5), "each budget spent to $2.50"),
        ("silence: 10m, service: a", Silent("a", 600), "a silent for 10 min"),
    ],
)
def test_a_condition_is_read_and_said_in_words(rule: str, condition: object, words: str, tmp_path: Path) -> None:
    found = alerts(f"rules: {{one: {{{rule}}}}}", tmp_path).rules["one"]
    assert (found.condition, found.words) == (condition, words)
    assert (found.severity, found.hold, found.resend) == ("warning", 0, None)


def test_how_long_how_bad_and_how_often(tmp_path: Path) -> None:
    rule = "{metric: cpu, above: 90, for: 2m, severity: critical, resend: 1h}"
    found = alerts(f"rules: {{hot: {rule}}}", tmp_path).rules["hot"]
    assert (found.name, found.hold, found.severity, found.resend) == ("hot", 120, "critical", 3600)


def test_rules_are_told_apart_by_what_they_ask_for(tmp_path: Path) -> None:
    def digest(rule: str) -> str:
        return alerts(f"rules: {{r: {{{rule}}}}}", tmp_path).rules["r"].digest

    plain = digest("metric: cpu, above: 90%")
    assert digest("metric: cpu, above: 90") == plain
    assert digest("metric: cpu, above: 90, resend: 1h") == plain
    others = {
        digest(f"metric: cpu, above: {rest}") for rest in ("91", "90, for: 1s", "90, severity: info", "90, clear: 5")
    }
    assert len({plain, *others}) == 5


def test_nothing_is_said_of_a_name_where_there_is_none(tmp_path: Path) -> None:
    (fault,) = read("alerts: {rules: {a b: {metric: cpu, above: 1}}}", tmp_path).faults
    assert fault.hint == "Use up to 100 letters, digits, - and _: `a-b`"


def test_windows_say_when_and_for_what(tmp_path: Path) -> None:
    found = alerts(
        "rules: {r: {metric: cpu, above: 1}}, maintenance: "
        "[{from: 22:00, to: '24:00'}, "
        "{name: n, days: sat, from: 2:30, to: 01:00, zone: Europe/Prague, rules: [r], services: a}]",
        tmp_path,
    ).windows
    every = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    assert found == (
        Window("maintenance", every, 22 * 60, 24 * 60, None),  # type: ignore[arg-type]
        Window("n", ("sat",), 150, 60, ZoneInfo("Europe/Prague"), ("a",), ("r",)),
    )


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("hot: {metric: cpu, above: 1}", "hot", "stands beside `rules:`, not in it"),
        ("rule: {}", "rule", "Did you mean `rules`?"),
        ("rules: [a]", "rules", "must be a mapping"),
        ("rules: {a b: {metric: cpu, above: 1}}", "rules.a b", "cannot be an id"),
        ("rules: {a: }", "rules.a", "has no condition"),
        ("rules: {a: cpu}", "rules.a", "a rule is a mapping, not `cpu`"),
        ("rules: {a: {severity: info}}", "rules.a", "the condition is missing"),
        ("rules: {a: {metrc: cpu, above: 1}}", "rules.a.metrc", "Did you mean `metric`?"),
        ("rules: {a: {metric: cpu, abov: 1}}", "rules.a.abov", "Did you mean `above`?"),
        ("rules: {a: {state: failed, servce: b}}", "rules.a.servce", "Did you mean `service`?"),
        ("rules: {a: {state: [], service: b}}", "rules.a.state", "it would never fire"),
        ("rules: {a: {state: [crash], service: b}}", "rules.a.state[0]", "Did you mean crashed?"),
        ("rules: {a: {metric: cpu, log: x}}", "rules.a", "one condition, here are metric and log"),
        ("rules: {a: {metric: cpu, above: 1, within: 5m}}", "rules.a.within", "is not a key of alerts.rules.a"),
        ("rules: {a: {metric: cpuu, above: 1}}", "rules.a.metric", "Did you mean `cpu`?"),
        ("rules: {a: {metric: disk, service: b, above: 1}}", "rules.a.metric", "services have no metric `disk`"),
        ("rules: {a: {metric: cpu}}", "rules.a", "`above` or `below` is missing"),
        ("rules: {a: {metric: cpu, above: 9, below: 1}}", "rules.a", "above and below at once"),
        ("rules: {a: {metric: cpu, above: 500%}}", "rules.a.above", "may be more: add `service`"),
        ("rules: {a: {metric: 'disk:*', above: 500%}}", "rules.a.above", "says nothing of `disk:*`"),
        ("rules: {a: {metric: 'gpu:0', above: 100}}", "rules.a.above", "from 0 to 100 %. Write a share such as 95%"),
        ("rules: {a: {metric: memory, below: 101%}}", "rules.a.below", "says nothing of `memory`"),
        ("rules: {a: {metric: swap, below: 0}}", "rules.a.below", "says nothing of `swap`"),
        ("rules: {a: {metric: disk, above: 90%, clear: -1}}", "rules.a.clear", "says nothing of `disk`"),
        ("rules: {a: {metric: cpu, above: 2GB}}", "rules.a.above", "Write percent: 95%"),
        ("rules: {a: {metric: memory, service: b, above: 90%}}", "rules.a.above", "`90%` is not a size"),
        ("rules: {a: {metric: cpu, above: 80, clear: 85}}", "rules.a.clear", "clear is more than above"),
        ("rules: {a: {metric: cpu, below: 8, clear: 5}}", "rules.a.clear", "clear is less than below"),
        ("rules: {a: {metric: cpu, above: 1, for: soon}}", "rules.a.for", "is not a duration"),
        ("rules: {a: {metric: cpu, above: 1, severity: high}}", "rules.a.severity", "Did you mean critical?"),
        ("rules: {a: {metric: cpu, above: 1, resend: 1s}}", "rules.a.resend", "too often to be told the same"),
        ("rules: {a: {state: failed}}", "rules.a", "`service` is missing"),
        ("rules: {a: {state: crash, service: b}}", "rules.a.state", "Did you mean crashed?"),
        ("rules: {a: {state: failed, service: b c}}", "rules.a.service", "cannot be the id of a service"),
        ("rules: {a: {log: '(', service: b}}", "rules.a.log", "not a regular expression: missing )"),
        ("rules: {a: {log: 'a(?=b)', service: b}}", "rules.a.log", "not a regular expression"),
        ("rules: {a: {log: 'x*', service: b}}", "rules.a.log", "every line matches this"),
        (f"rules: {{a: {{log: {'x' * (LONGEST + 1)}, service: b}}}}", "rules.a.log", f"{LONGEST} at most"),
        ("rules: {a: {log: x, service: b, count: 0}}", "rules.a.count", "from 1 to 1000"),
        ("rules: {a: {log: x, service: b, within: 2d}}", "rules.a.within", "too long to look back"),
        ("rules: {a: {log: x, service: b, within: 1s}}", "rules.a.within", "too short to look back"),
        ("rules: {a: {budget: daily}}", "rules.a", "`at` is missing"),
        ("rules: {a: {budget: daily, at: most}}", "rules.a.at", "is not how much is spent"),
        ("rules: {a: {budget: daily, at: $80%}}", "rules.a.at", "is not how much is spent"),
        ("rules: {a: {silence: 0.5, service: b}}", "rules.a.silence", "is no silence yet"),
        ("maintenance: {from: 02:00}", "maintenance", "must be a list"),
        ("maintenance: [{to: 02:00}]", "maintenance[0]", "`from` is missing"),
        ("maintenance: [{from: 02:00, to: 02:00}]", "maintenance[0]", "from and to are the same"),
        ("maintenance: [{from: 02:00, to: 24:01}]", "maintenance[0].to", "is not a time of day"),
        ("maintenance: [{from: 2am, to: 04:00}]", "maintenance[0].from", "is not a time of day"),
        ("maintenance: [{from: 02:00, to: 04:00, days: Sunday}]", "maintenance[0].days", "Did you mean sun?"),
        ("maintenance: [{from: 02:00, to: 04:00, days: []}]", "maintenance[0].days", "it would never be open"),
        ("maintenance: [{from: 02:00, to: 04:00, zone: Mars}]", "maintenance[0].zone", "is not a time zone"),
        ("maintenance: [{from: 02:00, to: 04:00, rules: [r]}]", "maintenance", "there is no rule `r`"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(text: str, path: str, words: str, tmp_path: Path) -> None:
    (fault,) = read(f"alerts: {{{text}}}", tmp_path).faults
    assert (fault.severity, fault.path) == ("error", f"alerts.{path}")
    assert words in f"{fault.message}. {fault.hint}"


@pytest.mark.parametrize(
    ("text", "path", "message", "hint"),
    [
        ("rules: {r: {state: failed, service: c}}", "rules.r.service", "there is no service `c`", "There is: a, b"),
        ("rules: {r: {metric: cpu, service: aa, above: 1}}", "rules.r.service", "no service `aa`", "Did you mean `a`?"),
        ("rules: {r: {metric: 'service:aa:cpu', above: 1}}", "rules.r.metric", "service:aa:cpu", "Did you mean `a`?"),
        ("rules: {r: {budget: dayly, at: $4}}", "rules.r.budget", "no budget `dayly`", "Did you mean `daily`?"),
        ("maintenance: [{from: 1:00, to: 2:00, services: c}]", "maintenance[0].services", "no service `c`", "a, b"),
    ],
)  # fmt: skip
def test_who_names_nobody_is_warned_and_has_the_rule_all_the_same(
    text: str, path: str, message: str, hint: str, tmp_path: Path
) -> None:
    loaded = read(f"alerts: {{{text}}}", tmp_path)
    (fault,) = loaded.faults
    assert (fault.severity, fault.path) == ("warning", f"alerts.{path}")
    assert message in fault.message
    assert hint in fault.hint
    assert loaded.good
    assert loaded.sections["alerts"] != Section()


def test_there_is_a_bound_to_rules(tmp_path: Path) -> None:
    rules = ", ".join(f"r{number}: {{metric: cpu, above: 1}}" for number in range(MOST_RULES + 1))
    (fault,) = read(f"alerts: {{rules: {{{rules}}}}}", tmp_path).faults
    assert f"these are {MOST_RULES + 1} rules" in fault.message


def test_a_faulty_rule_is_there_for_its_window(tmp_path: Path) -> None:
    text = "alerts: {rules: {r: {metric: cpu}}, maintenance: [{from: 02:00, to: 04:00, rules: [r]}]}"
    assert [fault.path for fault in read(text, tmp_path).faults] == ["alerts.rules.r"]


def test_the_check_of_a_file_tells_it_too(tmp_path: Path) -> None:
    (tmp_path / "control-center.yaml").write_text("alerts: {rules: {a: {metric: cpu}}}\n", encoding="utf-8")
    checked = check(Settings(config_dir=tmp_path, data_dir=tmp_path))
    assert [(fault["severity"], fault["path"]) for fault in checked["faults"]] == [("error", "alerts.rules.a")]
