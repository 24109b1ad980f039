"""Striking out secrets: by value, in every form in which a value may stand in a text."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from backend.core.secrets import Secrets

ODD = 'pa"ss\\wörd & more'


@pytest.mark.parametrize(
    "text",
    [
        *(ODD, json.dumps({"key": ODD}), json.dumps(ODD, ensure_ascii=False), repr([ODD]), f"?key={quote(ODD)}"),
        ODD.replace("\\", "/"),
    ],
)
def test_a_secret_is_struck_out_in_every_form(text: str) -> None:
    hidden = Secrets([ODD]).hide(text)
    assert "•••" in hidden
    assert "ss" not in hidden


def test_the_longest_is_struck_out_first() -> None:
    assert Secrets(["abcd", "abcd-and-more"]).hide("abcd-and-more, abcd") == "•••, •••"


def test_what_stands_everywhere_is_left() -> None:
    secrets = Secrets(["true", "8188", "", "abc"])
    assert secrets.hide("true 8188 abc") == "true 8188 abc"
    assert "8188" not in secrets


def test_each_text_of_a_value_is_looked_at_and_its_keys_stay() -> None:
    secrets = Secrets(["hunter2"])
    found = secrets.hide_in({"hunter2": ["a hunter2", {"deep": ("hunter2", 7, None, True)}]})
    assert found == {"hunter2": ["a •••", {"deep": ("•••", 7, None, True)}]}


def test_a_value_that_was_known_once_stays_known() -> None:
    secrets = Secrets(["the-old-one"])
    secrets.add(["the-new-one"])
    assert secrets.hide("the-old-one the-new-one") == "••• •••"
