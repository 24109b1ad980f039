"""What somebody fills in is checked as the module asks: all faults at once, and the values that reach it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from backend.services.modules.errors import InvalidParameters, ParametersNotSaved
from backend.services.modules.model import Condition, Module, Parameter, Validation
from backend.services.modules.parameters import (
    check,
    defaults,
    secret_values,
    struck_out,
    visible,
    without_secrets,
)

HERE = Path(__file__).parent


def module(*parameters: Parameter, words: bool = False) -> Module:
    return Module("m", "Collector", "configuration", HERE, HERE, command=("true",), parameters=parameters, words=words)


def fault(parameter: Parameter, value: Any) -> str | None:
    """The one sentence about a value of a parameter `x`, or None where it is taken."""
    checked = check(module(parameter), {"x": value})
    assert len(checked.faults) <= 1
    return checked.faults[0].message if checked.faults else None


NUMBER = Parameter("x", "number", min=1, max=10)
WHOLE = Parameter("x", "number", integer=True)
SELECT = Parameter("x", "select", options=("json", "csv", 720))
ADDRESS = Parameter("x", validation=Validation(re.compile("https://.*"), "give an address"))
TEXT = Parameter("x", label="Address")


@pytest.mark.parametrize(
    ("parameter", "value", "kept"),
    [
        (NUMBER, 1, 1),
        (NUMBER, 10.0, 10.0),
        (NUMBER, 2.5, 2.5),
        (WHOLE, 5.0, 5),
        (SELECT, "csv", "csv"),
        (SELECT, "720", 720),
        (TEXT, "two\nlines, ünïcode 🔍", "two\nlines, ünïcode 🔍"),
        (Parameter("x", "checkbox"), False, False),
        (Parameter("x", "number", multiple=True), [1, 2.5], [1, 2.5]),
        (Parameter("x", validation=Validation(re.compile("[a-z]+"))), "abc", "abc"),
        (Parameter("x", validation=Validation(re.compile("[a-z]+"), whole=False)), "abc1", "abc1"),
    ],
)
def test_what_fits_reaches_the_module(parameter: Parameter, value: Any, kept: Any) -> None:
    checked = check(module(parameter), {"x": value})
    assert (checked.values, checked.faults) == ({"x": kept}, ())
    assert type(checked.values["x"]) is type(kept)


@pytest.mark.parametrize(
    ("parameter", "value", "sentence"),
    [
        (NUMBER, 0, "x must be at least 1"),
        (NUMBER, 10.5, "x must be at most 10"),
        (NUMBER, "5", "x must be a number"),
        (NUMBER, True, "x must be a number"),
        (NUMBER, float("nan"), "x must be a number"),
        (WHOLE, 1.5, "x must be a whole number"),
        (WHOLE, 10**30, "x is too large a number"),
        (NUMBER, 10**400, "x is too large a number"),
        (NUMBER, float("inf"), "x is too large a number"),
        (Parameter("x", "number", max=1234567), 1234568, "x must be at most 1234567"),
        (Parameter("x", "number", min=0.25), 0, "x must be at least 0.25"),
        (SELECT, "xml", "x must be one of json, csv and 720"),
        (SELECT, True, "x must be one of json, csv and 720"),
        (Parameter("x", "checkbox"), "yes", "x must be true or false"),
        (Parameter("x", "checkbox"), 1, "x must be true or false"),
        (TEXT, 5, "Address must be text"),
        (TEXT, {"a": 1}, "Address must be text"),
        (TEXT, "a\0b", "Address holds a null character, which no program can be given"),
        (TEXT, "\ud83d", "Address holds half a character"),
        (ADDRESS, "ftp:", "x is not valid: give an address"),
        (TEXT, "x" * 100_001, "Address has 100,001 bytes; at most 100,000 can be given"),
        (Parameter("x", validation=Validation(re.compile("[a-z]+"))), "abc1", "x does not match [a-z]+"),
        (Parameter("x", "number", multiple=True), 5, "x must be a list"),
        (Parameter("x", "number", multiple=True), [1, "2"], "x must be a number (item 2)"),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_told_in_a_sentence(parameter: Parameter, value: Any, sentence: str) -> None:
    assert fault(parameter, value) == sentence


def test_a_name_that_no_answer_can_hold_is_told_without_its_half_character() -> None:
    (found,) = check(module(), {"a\ud83d": 1}).faults
    assert (found.where, found.message) == ("parameters.a?", "Collector has no parameter `a?`; it has none")


def test_all_faults_are_told_at_once_in_one_problem() -> None:
    asked = module(
        NUMBER, Parameter("url", label="Address", required=True), Parameter("kind", "select", options=("a",))
    )
    checked = check(asked, {"x": 99, "kind": "b", "knd": "a"})
    with pytest.raises(InvalidParameters) as refused:
        checked.accepted()
    assert refused.value.status == 422
    assert refused.value.detail == (
        "Invalid parameters: Collector has no parameter `knd`; did you mean `kind`?; x must be at most 10; "
        "Address is required; kind must be one of a"
    )
    where = [error["where"] for error in refused.value.extra["errors"]]
    assert where == ["parameters.knd", "parameters.x", "parameters.url", "parameters.kind"]
    with pytest.raises(ParametersNotSaved) as not_saved:
        checked.accepted(ParametersNotSaved)
    assert (not_saved.value.status, not_saved.value.code) == (400, "invalid_parameters")


@pytest.mark.parametrize("nothing", [None, "", []])
def test_nothing_leaves_a_default_out_and_is_no_value_of_what_is_required(nothing: Any) -> None:
    optional, required = Parameter("a", default="preset"), Parameter("b", required=True, default="preset")
    assert check(module(optional, required), {}).values == {"a": "preset", "b": "preset"}
    checked = check(module(optional, required), {"a": nothing, "b": nothing})
    assert (dict(checked.values), [one.message for one in checked.faults]) == ({}, ["b is required"])


def test_a_hidden_parameter_is_neither_required_nor_checked_nor_passed() -> None:
    mode = Parameter("mode", "select", options=("all", "one"), default="all")
    url = Parameter("url", required=True, condition=Condition("mode", "one"))
    depth = Parameter("depth", "number", min=1, condition=Condition("url", "deep"))
    asked = module(mode, url, depth)
    assert check(asked, {"url": "deep", "depth": -5}).values == {"mode": "all"}
    assert [one.message for one in check(asked, {"mode": "one"}).faults] == ["url is required"]
    assert check(asked, {"mode": "one", "url": "deep", "depth": 3}).values == {"mode": "one", "url": "deep", "depth": 3}


def test_a_chain_of_conditions_hides_what_hangs_on_something_hidden() -> None:
    on = Parameter("on", "checkbox", default=False)
    middle = Parameter("middle", default="x", condition=Condition("on", True))
    last = Parameter("last", condition=Condition("middle", "x"))
    assert visible(module(on, middle, last), {}) == {"on"}
    assert visible(module(on, middle, last), {"on": True}) == {"on", "middle", "last"}
    assert visible(module(on, middle, last), {"on": 1}) == {"on"}


def test_conditions_in_a_circle_or_on_nothing_hide_for_good() -> None:
    circle = (Parameter("a", condition=Condition("b", "1")), Parameter("b", condition=Condition("a", "1")))
    lost = Parameter("c", condition=Condition("gone", "1"))
    assert visible(module(*circle, lost), {"a": "1", "b": "1", "gone": "1"}) == frozenset()


def test_only_modules_of_the_older_list_take_what_they_do_not_declare() -> None:
    given = {"x": 5, "trending_category": "music", "flag": True}
    assert dict(check(module(NUMBER, words=True), given).values) == given
    refused = check(module(NUMBER), given)
    assert [one.name for one in refused.faults] == ["trending_category", "flag"]
    assert dict(refused.values) == {"x": 5}


@pytest.mark.parametrize("words", [False, True])
def test_too_many_and_reserved_names_are_refused(words: bool) -> None:
    for name in ("__internal__", "__system__", "__private__"):
        assert [one.message for one in check(module(words=words), {name: 1}).faults] == [
            f"`{name}` is reserved and cannot be given"
        ]
    many = check(module(words=words), {f"p{number}": 1 for number in range(101)})
    assert many.faults[0].message == "101 parameters are given; a run takes at most 100"
    assert many.faults[0].where == "parameters"


def test_odd_names_and_values_that_are_not_declared_are_told() -> None:
    checked = check(module(words=True), {"--rm": "x", "a b": 1, "list": [1], "empty": "", "inf": float("inf")})
    assert [one.name for one in checked.faults] == ["--rm", "a b", "list", "inf"]
    assert not checked.values


def test_secrets_are_neither_kept_nor_shown_nor_a_default() -> None:
    asked = module(Parameter("key", "password", default="preset-key", secret=True), Parameter("open", default="o"))
    values = {"key": "k3y", "open": "o"}
    assert without_secrets(asked, values) == {"open": "o"}
    assert struck_out(asked, values) == {"key": "•••", "open": "o"}
    assert secret_values(asked, values) == ("k3y",)
    assert defaults(asked) == {"open": "o"}
