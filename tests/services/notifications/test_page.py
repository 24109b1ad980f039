"""The examples of docs/notifications.md are good and true, and the page has every key, field and event."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest

from backend.config import ROOT
from backend.services.definitions.load import Loaded, load, surroundings
from backend.services.notifications import words
from backend.services.notifications.model import KINDS, SEVERITIES, Target
from backend.services.notifications.outbox import Outbox
from backend.services.notifications.section import section
from backend.services.notifications.template import FIELDS
from tests.services.notifications.news import gave_up

PAGE = (ROOT / "docs" / "notifications.md").read_text(encoding="utf-8")
KEYS = re.findall(
    r'"(\w+)"',
    (ROOT / "backend/services/notifications/section.py").read_text().partition("_TARGET_KEYS = ")[2].partition(")")[0],
)
VARIABLES = {"TELEGRAM_TOKEN": "123456:abcdefgh", "MAIL_PASSWORD": "hunter22"}
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def read(text: str) -> Loaded:
    around = surroundings(ROOT / "control-center.yaml", log_dir=ROOT, root=ROOT, environ=VARIABLES)
    return load(text, around, {"notifications": section})


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_an_example_is_good(text: str) -> None:
    faults = read(text).faults
    assert [fault for fault in faults if not fault.message.startswith("there is no ")] == []  # it is a part


def test_the_page_has_every_key_of_a_target_and_every_kind() -> None:
    rows = set(re.findall(r"^\| `(\w+)`", PAGE, re.MULTILINE))
    assert {"url", "quiet", "template"} <= {*KEYS}
    assert {*KEYS, *KINDS} <= rows
    assert {f"`{severity}`" for severity in SEVERITIES} <= set(re.findall(r"`\w+`", PAGE))


def test_the_page_has_every_field_of_templates_and_no_other() -> None:
    told = re.findall(r"^\| ((?:`\{\w+\}` ?)+)\|", PAGE, re.MULTILINE)
    assert [name for names in told for name in re.findall(r"\{(\w+)\}", names)] == [*FIELDS]


def test_the_page_has_every_event() -> None:
    source = "".join(path.read_text() for path in (ROOT / "backend/services/notifications").glob("*.py"))
    told = {f"notification.{what}" for what in re.findall(r'_say\(\w+, "(\w+)"', source)}
    assert {"notification.delivered", "notification.failed"} == told
    assert told | {"notification.dropped"} == set(re.findall(r"^\| `(notification\.\w+)`", PAGE, re.MULTILINE))


def test_the_body_of_a_webhook_has_the_shape_that_is_promised() -> None:
    (example,) = (json.loads(text) for text in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
    row, *_ = Outbox(UTC, str).add(Target("one", "https://x"), gave_up(NOW), NOW, 0)
    body = words.document(row)
    assert [*body] == [*example]
    assert {name: type(value) for name, value in body.items()} == {name: type(value) for name, value in example.items()}
    assert example["event"].keys() == row.facts["event"].keys()
