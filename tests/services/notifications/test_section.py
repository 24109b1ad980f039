"""What people write below `notifications:`, rightly and wrongly."""

from __future__ import annotations

import json
import sys
from datetime import time
from pathlib import Path

import pytest

from backend.checking import check
from backend.config import Settings
from backend.services.definitions.load import Loaded, load, surroundings
from backend.services.modules.section import section as modules
from backend.services.notifications.addresses import secrets_of, without_parts
from backend.services.notifications.model import USUAL, Quiet, Section, Target
from backend.services.notifications.section import MOST_TARGETS, section
from backend.services.notifications.template import Template

TOOL = json.dumps({"command": [sys.executable]})


def read(text: str, tmp_path: Path, environ: dict[str, str] | None = None) -> Loaded:
    around = surroundings(tmp_path / "control-center.yaml", log_dir=tmp_path, root=tmp_path, environ=environ or {})
    loaders = {"notifications": section, "modules": modules(tmp_path / "control-center.yaml")}
    return load(text, around, loaders)


def notifications(text: str, tmp_path: Path) -> Section:
    loaded = read(text, tmp_path)
    assert loaded.faults == ()
    found: Section = loaded.sections["notifications"]
    return found


def test_an_address_is_a_target_that_hears_of_the_usual(tmp_path: Path) -> None:
    found = notifications("notifications: {targets: {phone: 'tgram://123456:ABC/987'}}", tmp_path)
    assert found == Section({"phone": Target("phone", "tgram://123456:ABC/987")})
    assert found.targets["phone"].on == USUAL == {"crash", "run_failed", "alert"}


def test_a_target_says_what_it_hears_of_and_when(tmp_path: Path) -> None:
    found = notifications(
        """
notifications:
  group: 30s
  targets:
    desk:
      url: desktop://
      on: [crash, scan_finished]
      services: comfyui
      modules: [backup]
      min_severity: critical
      quiet: {from: "22:00", to: "7:30"}
      template: "{name}: {reason}"
      per_hour: 5
"""
        f"services: {{comfyui: {TOOL}}}\nmodules: {{backup: {TOOL}}}",
        tmp_path,
    )
    assert found.group == 30
    assert found.targets["desk"] == Target(
        "desk", "desktop://", on=frozenset({"crash", "scan_finished"}), services=frozenset({"comfyui"}),
        modules=frozenset({"backup"}), min_severity="critical", quiet=Quiet(time(22), time(7, 30)),
        template=Template("{name}: {reason}"), per_hour=5,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ("", {"services[0]": "There is: no service yet", "modules[0]": "There is: no module yet"}),
        (f"services: {{comfyu: {TOOL}}}", {"services[0]": "Did you mean `comfyu`?", "modules[0]": "no module"}),
        (f"modules: {{back-up: {TOOL}}}", {"services[0]": "no service", "modules[0]": "Did you mean `back-up`?"}),
        ("modules: {folders: .}", {"services[0]": "no service"}),  # it may stand there
    ],
)  # fmt: skip
def test_who_names_nobody_is_warned(others: str, told: dict[str, str], tmp_path: Path) -> None:
    text = "notifications: {targets: {desk: {url: 'desktop://', services: [comfyui], modules: [backup]}}}"
    loaded = read(f"{text}\n{others}", tmp_path)
    faults = {fault.path.rpartition(".")[2]: fault for fault in loaded.faults}
    assert faults.keys() == told.keys()
    assert all(hint in faults[path].hint for path, hint in told.items())
    assert loaded.good
    assert loaded.sections["notifications"].targets["desk"].modules == {"backup"}


@pytest.mark.parametrize(
    ("url", "means", "shown"),
    [
        ("desktop://", "desktop", "desktop://"),
        ("https://hooks.example/T0/B0/key", "webhook", "https://…"),
        ("HTTP://127.0.0.1:1", "webhook", "http://…"),
        ("mailtos://me:pass@example.com", "apprise", "mailtos://…"),
    ],
)
def test_the_scheme_says_how_it_is_told_and_is_all_that_is_shown(url: str, means: str, shown: str) -> None:
    target = Target("one", url)
    assert (target.means, target.address) == (means, shown)
    assert url not in repr(target) or url == "desktop://"


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("{target: {}}", "target", "Did you mean `targets`?"),
        ("{targets: {a: }}", "targets.a", "has no address"),
        ("{targets: {a b: 'desktop://'}}", "targets.a b", "cannot be an id"),
        ("{targets: {a: example.com}}", "targets.a", "not the address of a target"),
        ("{targets: {a: 'https://'}}", "targets.a", "has no host"),
        ("{targets: {a: 'https://x:99999/'}}", "targets.a", "has no host"),
        ("{targets: {a: {on: crash}}}", "targets.a", "`url` is missing"),
        ("{targets: {a: {url: 'desktop://', on: [crashed]}}}", "targets.a.on[0]", "Did you mean crash?"),
        ("{targets: {a: {url: 'desktop://', on: []}}}", "targets.a.on", "hear of nothing. Leave `on` out"),
        ("{targets: {a: {url: 'desktop://', on: [test]}}}", "targets.a.on[0]", "is not one of"),
        ("{targets: {a: {url: 'desktop://', min_severity: high}}}", "targets.a.min_severity", "is not one of"),
        ("{targets: {a: {url: 'desktop://', quiet: {from: '22:00'}}}}", "targets.a.quiet", "no beginning or no end"),
        (
            "{targets: {a: {url: 'desktop://', quiet: {from: '22:00', to: '22:00'}}}}",
            "targets.a.quiet",
            "end when they begin",
        ),
        (
            "{targets: {a: {url: 'desktop://', quiet: {from: '24:00', to: '7:00'}}}}",
            "targets.a.quiet.from",
            "not a time of the day",
        ),
        ("{targets: {a: {url: 'desktop://', per_hour: 0}}}", "targets.a.per_hour", "It is from 1 to 3600"),
        ("{targets: {a: {url: 'desktop://', template: '{nam}'}}}", "targets.a.template", "Did you mean {name}?"),
        ("{targets: {a: {url: 'desktop://', template: '{0.__class__}'}}}", "targets.a.template", "not a field"),
        ("{targets: {a: {url: 'desktop://', template: %s}}}" % ("x" * 2001), "targets.a.template", "at most 2000"),
        ("{group: soon}", "group", "is not a duration"),
        ("{group: 100y}", "group", "`100y` is too long"),
        ("[a]", "", "must be a mapping"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(text: str, path: str, words: str, tmp_path: Path) -> None:
    (fault,) = read(f"notifications: {text}", tmp_path).faults
    assert (fault.severity, fault.path) == ("error", f"notifications.{path}".rstrip("."))
    assert words in f"{fault.message}. {fault.hint}"


def test_there_are_not_more_targets_than_can_be_looked_after(tmp_path: Path) -> None:
    many = ", ".join(f"t{number}: 'desktop://'" for number in range(MOST_TARGETS + 1))
    (fault,) = read(f"notifications: {{targets: {{{many}}}}}", tmp_path).faults
    assert fault.message == f"these are {MOST_TARGETS + 1} targets"


def test_what_of_an_address_is_a_key_is_a_secret_of_the_file(tmp_path: Path) -> None:
    text = "notifications: {targets: {a: 'mailto://me:s3cretWord@example.com?to=you@example.org', b: 'https://x.example/T01AB2CD3/hook'}}"
    loaded = read(text, tmp_path)
    assert {"s3cretWord", "T01AB2CD3", "https://x.example/T01AB2CD3/hook"} <= loaded.secrets
    assert not loaded.secrets & {"hook", "example.com", "you", "me", "x.example"}


@pytest.mark.parametrize(
    "text",
    [
        "{targets: 'https://x/T01AB2CD3'}",
        "{targets: {a: {url: 'desktop://', on: 'https://x/T01AB2CD3'}}}",
        "https://x/T01AB2CD3",
    ],
)
def test_an_address_that_stands_at_the_wrong_place_is_a_secret_too(text: str, tmp_path: Path) -> None:
    loaded = read(f"notifications: {text}", tmp_path)
    assert not loaded.good
    assert {"T01AB2CD3", "https://x/T01AB2CD3"} <= loaded.secrets


def test_a_password_with_escapes_is_hidden_in_both_forms() -> None:
    assert {"pa%2Fss", "pa/ss"} <= set(secrets_of("mailto://me:pa%2Fss@example.com"))


@pytest.mark.parametrize(
    ("url", "keys"),
    [
        ("ntfy://my-own-topic", set()),
        ("https://hooks.example.com/services/T01AB2CD3/b0-12345678", {"T01AB2CD3", "b0-12345678"}),
        ("https://x.example/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0", {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0"}),
        ("tgram://123456789:abcdefg_Hijk/12315544", {"123456789", "abcdefg_Hijk", "12315544"}),
        ("desktop://", set()),
    ],
)
def test_what_looks_like_a_key_is_hidden_everywhere(url: str, keys: set[str]) -> None:
    assert set(secrets_of(url)) - {url} == keys


def test_what_a_library_says_of_an_address_has_no_part_of_it() -> None:
    said = "Failed to notify my-own-topic at ntfy.example.com as roomy: ntfys://me:roomy@ntfy.example.com/my-own-topic"
    url = "ntfys://me:roomy@ntfy.example.com/my-own-topic"
    assert without_parts(url, said) == "Failed to notify ••• at ntfy.example.com as •••: •••"


@pytest.mark.parametrize("text", ["&a {targets: *a}", "&a [*a]", "{targets: &a {b: *a}}"])
def test_a_section_within_itself_is_read_to_an_end(text: str, tmp_path: Path) -> None:
    assert not read(f"notifications: {text}", tmp_path).good


def test_an_address_may_come_from_the_environment(tmp_path: Path) -> None:
    text = "notifications: {targets: {a: '${env:HOOK}'}}"
    loaded = read(text, tmp_path, {"HOOK": "https://x.example/abcDEF12"})
    assert loaded.sections["notifications"].targets["a"].url == "https://x.example/abcDEF12"
    assert "abcDEF12" in loaded.secrets


def test_the_check_of_a_file_tells_it_too(tmp_path: Path) -> None:
    (tmp_path / "control-center.yaml").write_text("notifications: {targets: {a: x}}\n", encoding="utf-8")
    checked = check(Settings(config_dir=tmp_path, data_dir=tmp_path))
    assert [(fault["severity"], fault["path"]) for fault in checked["faults"]] == [("error", "notifications.targets.a")]
