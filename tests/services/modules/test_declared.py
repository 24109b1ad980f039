"""`schedule` and `triggers` of a definition."""

from __future__ import annotations

import glob
from pathlib import Path

import pytest

from backend.config import ROOT
from backend.services.definitions.load import load, surroundings
from backend.services.modules.rules import NAMED, After, Cron, Every, Files, Plan, WrongRule, cron
from backend.services.modules.section import section
from tests.services.modules.conftest import One, Read


def test_a_line_of_cron_is_enough(one: One) -> None:
    assert one('command: ["true"]\nschedule: "0 6 * * 1-5"').plans == {"schedule": Plan(Cron("0 6 * * 1-5"))}
    assert one('command: ["true"]\nschedule: "@daily"').plans["schedule"].rule == Cron("0 0 * * *")
    assert one('command: ["true"]').plans == {}


def test_everything_about_a_schedule_can_be_said(one: One) -> None:
    module = one("""
command: ["true"]
schedule:
  cron: "30 2 * * *"
  zone: Europe/Prague
  missed: once
  jitter: 10m
  overlap: true
  parameters: {count: 5, fast: true, tags: [a, b]}
parameters:
  count: {type: integer, required: true}
  fast: {type: checkbox}
  tags: {multiple: true}
""")
    given = {"count": 5, "fast": True, "tags": ["a", "b"]}
    assert module.plans == {"schedule": Plan(Cron("30 2 * * *", "Europe/Prague"), "once", 600.0, True, given)}
    assert one('command: ["true"]\nschedule: {every: 15m}').plans["schedule"].rule == Every(900.0)


def test_triggers_are_modules_and_files(one: One, config: Path) -> None:
    plans = one("""
command: ["true"]
triggers: {after: [a, b], files: inbox/*.csv, settle: 5s, overlap: true}
""").plans
    assert plans["after"] == Plan(After(("a", "b")), overlap=True)
    assert plans["files"] == Plan(Files((str(config.parent / "inbox" / "*.csv"),), 5.0), overlap=True)


def test_a_pattern_of_files_is_below_a_folder_of_any_name(tmp_path: Path) -> None:
    config = tmp_path / "a[b]" / "control-center.yaml"
    text = 'modules: {one: {command: ["true"], triggers: {files: inbox/*.csv}}}'
    loaded = load(text, surroundings(config, log_dir=tmp_path, root=ROOT), {"modules": section(config)})
    rule = loaded.sections["modules"].modules[0].plans["files"].rule
    (config.parent / "inbox").mkdir(parents=True)
    (file := config.parent / "inbox" / "new.csv").touch()
    assert glob.glob(rule.patterns[0]) == [str(file)]  # noqa: PTH207  # as the trigger looks


def test_a_secret_of_a_schedule_is_one_of_its_module(one: One) -> None:
    module = one("""
command: ["true"]
schedule: {every: 1h, parameters: {key: '${env:TOKEN}'}}
parameters: {key: {type: password}}
""")
    assert module.plans["schedule"].parameters == {"key": "s3cr3t-token"}
    assert module.secrets == {"s3cr3t-token"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('schedule: "0 6 * *"', "is not a cron expression"),
        ('schedule: "61 6 * * *"', "the minute of"),
        ('schedule: "0 0 30 2 *"', "the day-of-month of"),
        ('schedule: "@often"', "is not known"),
        ('schedule: {cron: "0 6 * * *", zone: Europe/Pragu}', "is not a time zone"),
        ('schedule: {cron: "0 6 * * *", every: 5m}', "`cron` or `every`"),
        ("schedule: {every: 5m, zone: UTC}", "no time zone"),
        ("schedule: {every: 0.1s}", "no distance between two runs"),
        ("schedule: {every: 5m, jitter: 5m}", "jitter is not less"),
        ("schedule: {cron: '*/5 6 * * *', jitter: 5m}", "jitter is not less"),
        ("schedule: {every: 5m, missed: twice}", "is not one of"),
        ("schedule: {every: 5m, parameters: {unknown: 1}}", "unknown"),
        ("schedule: {every: 5m, parameters: [a]}", "parameters are a mapping"),
        ("triggers: {}", "nothing triggers it"),
        ("triggers: {after: one}", "after itself"),
        ('schedule: {every: 5m}\nparameters: {url: {required: true}}', "`url`"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_place(read: Read, text: str, words: str) -> None:
    indented = "\n".join(f"    {line}" for line in text.splitlines())
    found, _ = read(f'modules:\n  one:\n    command: ["true"]\n{indented}\n')
    assert found.modules == ()
    (fault,) = found.faults
    assert words in fault.fault.message
    assert fault.fault.line == 4
    assert fault.fault.hint


def test_every_name_of_a_time_is_a_rule() -> None:
    assert all(cron(name).expression == meant for name, meant in NAMED.items())


@pytest.mark.parametrize("text", ["", "* * * * * *", "a b c d e", "0 0 */31 * 1#5", "0 25 * * *", "*/0 * * * *"])
def test_what_is_no_cron_expression_is_refused(text: str) -> None:
    with pytest.raises(WrongRule):
        cron(text)
