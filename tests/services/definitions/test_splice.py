"""Services put in, replaced and taken out of files as people write them: every other byte stays."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping
from typing import Any

import pytest

from backend.services.definitions.layout import layout
from backend.services.definitions.merge import change
from backend.services.definitions.splice import Block, NotEditable, find, ids, own_text, put_in, replace, take_out
from backend.services.definitions.writing import service
from tests.services.definitions.conftest import Read

NEW = {"command": ["x", "--port", "8188"], "cwd": "C:\\Tools"}
NEW_LINES = ["new:", '  command: [x, --port, "8188"]', r"  cwd: 'C:\Tools'"]

NASTY = r"""# kopf: äöü ☕
%s
x-gpu: &gpu   # an anchor
    env: {CUDA: "0",
          MORE: 'it''s'}	# a tab before this

services:	# a tab here as well

    # --- one
    one: &one
        <<: *gpu
        command:   # words
        - python   # indentless
        - -c
        - |
          print("# no comment")

          print(1)
        # port: 1
    # --- two
    # --- two
    'two': {command: [a, "b, c"], cwd: C:\Tools,   # flow
        tags: [x,y]}

    three:
        command: [c]
        name: a name
          on two lines


    "four":
        <<: *one
        name: "…" # é

# the end, said twice
# the end, said twice
defaults: {restart: never}
"""


def block(service_id: str, value: Mapping[str, Any]) -> Block:
    return Block(service_id, service(service_id, value, 0), value)


def texts() -> list[str]:
    plain = NASTY % ""
    return [plain, plain.replace("\n", "\r\n"), plain.rstrip("\n"), plain[: plain.index("\n# the end")]]


@pytest.mark.parametrize("text", texts())
def test_a_service_goes_behind_the_last_and_leaves_again(text: str) -> None:
    more = put_in(text, [block("new", NEW)])
    end = text.index('name: "…" # é') + len('name: "…" # é')
    newline = "\r\n" if "\r\n" in text else "\n"
    written = newline.join(["", "", *("    " + line for line in NEW_LINES)])
    assert more == text[:end] + written + text[end:]
    assert ids(layout(more)) == ["one", "two", "three", "four", "new"]
    assert take_out(more, "new") == text


@pytest.mark.parametrize("text", texts())
@pytest.mark.parametrize("name", ["one", "two", "three", "four"])
def test_a_service_written_as_it_is_changes_nothing(text: str, name: str) -> None:
    laid = layout(text)
    found = find(laid, name)
    assert found is not None
    own = own_text(laid, found)
    assert not own.startswith(" ")
    assert replace(text, [Block(name, own.splitlines(), None)]) == text
    value = laid.value(found.value)
    assert change(text, block(name, value)) == text


def test_a_service_that_goes_takes_its_own_lines_only() -> None:
    text = NASTY % ""
    lines = text.split("\n")
    for name, gone in {"one": range(9, 19), "two": range(21, 23), "three": range(24, 28)}.items():
        left = take_out(text, name).split("\n")
        kept = [line for number, line in enumerate(lines) if number not in gone]
        assert [line for line in left if line] == [line for line in kept if line], name
        assert name not in ids(layout("\n".join(left)))


def test_comments_inside_go_with_a_service_and_those_above_stay() -> None:
    left = take_out(NASTY % "", "one")
    assert "# port: 1" not in left
    assert "    # --- one\n" in left
    assert left.count("# --- two") == 2


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "services:\n  new: {}\n"),
        ("# ours\n", "# ours\n\nservices:\n  new: {}\n"),
        ("services:\n", "services:\n  new: {}\n"),
        ("services:   # none yet", "services:   # none yet\n  new: {}\n"),
        ("services:\n\n# the end\n", "services:\n  new: {}\n\n# the end\n"),
        ("services: {}  # none yet\n", "services:  # none yet\n  new: {}\n"),
        ("defaults: {restart: never}\n", "defaults: {restart: never}\n\nservices:\n  new: {}\n"),
        ("{}", '{"services": {"new": {}}}'),
        ('{"services": null}', '{"services": {"new": {}}}'),
        ('{"services": {}}', '{"services": {"new": {}}}'),
        ('{"services": {"a": {"b": 1}}}', '{"services": {"a": {"b": 1}, "new": {}}}'),
        ('{\n\t"services": {\n\t\t"a": {},\n\t}\n}', '{\n\t"services": {\n\t\t"a": {},\n\t\t"new": {},\n\t}\n}'),
        ("services: {a: {b: 1}}\n", 'services: {a: {b: 1}, "new": {}}\n'),
        ("services:\n a:\n  b: 1", "services:\n a:\n  b: 1\n new: {}"),
        ("services:\n\n  a: {b: 1}\n", "services:\n\n  a: {b: 1}\n\n  new: {}\n"),
        (
            "services:\n  a:\n    b: 1\n    # port: 1\n# end\n",
            "services:\n  a:\n    b: 1\n    # port: 1\n  new: {}\n# end\n",
        ),
        ("---\nservices:\n  a: {b: 1}\n...\n", "---\nservices:\n  a: {b: 1}\n  new: {}\n...\n"),
    ],
)
def test_wherever_services_stand(before: str, after: str) -> None:
    assert put_in(before, [block("new", {})]) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("services:\n  a: {b: 1}\n", "services:\n"),
        ("services:\n  a: {b: 1}", "services:"),
        ("services:\n  a:\n    b: 1\n\n  c: {}\n", "services:\n  c: {}\n"),
        (
            "services:\n  c: {}\n\n  # words\n  a:\n    b: 1\n\n  d: {}\n",
            "services:\n  c: {}\n\n  # words\n\n  d: {}\n",
        ),
        ("services:\n  c: {}\n\n  a:\n    b: 1\n\n  d: {}\n", "services:\n  c: {}\n\n  d: {}\n"),
        ('{"services": {"a": {"b": 1}, "c": {}}}', '{"services": {"c": {}}}'),
        ('{"services": {"c": {}, "a": {"b": 1}}}', '{"services": {"c": {}}}'),
        ('{"services": {"a": {"b": 1},}}', '{"services": {}}'),
    ],
)
def test_what_is_left_is_whole(before: str, after: str) -> None:
    assert take_out(before, "a") == after
    layout(after)


PASTED = """services:
    "one": {
        "command": ["x"],   # words
        "cwd": r"C:\\ComfyUI",
    },
    "two": {"command": ["y"]},   # more

    three:
        "command": ["z"],
        "port": 1
"""


def test_commas_behind_blocks_are_no_hindrance() -> None:
    assert take_out(put_in(PASTED, [block("new", NEW)]), "new") == PASTED
    assert take_out(PASTED, "one") == PASTED[:10] + PASTED[PASTED.index('    "two"') :]
    assert "more" not in take_out(PASTED, "two")
    changed = change(PASTED, block("one", {"command": ["x"], "port": 8188}))
    assert changed == PASTED.replace('"cwd": r"C:\\ComfyUI"', "port: 8188")
    found = find(layout(PASTED), "two")
    assert found is not None
    assert own_text(layout(PASTED), found) == '"two": {"command": ["y"]},   # more\n'


def test_services_that_are_an_alias_are_left_to_the_person() -> None:
    with pytest.raises(NotEditable, match="refers to an anchor"):
        put_in("x-all: &all {a: {}}\nservices: *all\n", [block("new", {})])
    with pytest.raises(NotEditable, match="in braces"):
        put_in('{"services": {"a": {}}}', [Block("new", ["new: {<<: *gpu}"], None)])


# Keys


SERVICE = """services:
  a:
    # what it is
    command: [python, main.py]   # the program
    tags:   # words
      - one
      - two
    env:
      # the port
      PORT: "1"   # quoted
      HOST: ::1
    health: {http: "http://127.0.0.1:1/", interval: 10s}   # asked
    cwd: |-
      /tmp
    port:
    autostart: true
"""
VALUE = {
    "command": ["python", "main.py"],
    "tags": ["one", "two"],
    "env": {"PORT": "1", "HOST": "::1"},
    "health": {"http": "http://127.0.0.1:1/", "interval": "10s"},
    "cwd": "/tmp",
    "port": None,
    "autostart": True,
}


@pytest.mark.parametrize(
    ("new", "was", "is_now"),
    [
        ({"port": 8188}, "    port:\n", "    port: 8188\n"),
        ({"cwd": "/srv"}, "    cwd: |-\n      /tmp\n", "    cwd: /srv\n"),
        ({"autostart": False}, "autostart: true", "autostart: false"),
        ({"command": ["x y", "8188"]}, "[python, main.py]", '["x y", "8188"]'),
        ({"tags": ["one", "three"]}, "      - two\n", "      - three\n"),
        ({"tags": []}, "      - one\n      - two\n", "      []\n"),
        ({"env": {"PORT": "2", "HOST": "::1"}}, '"1"   # quoted', '"2"   # quoted'),
        ({"env": {"HOST": "::1"}}, '      PORT: "1"   # quoted\n', ""),
        ({"env": {**VALUE["env"], "A B": "no"}}, "::1\n", '::1\n      "A B": "no"\n'),  # type: ignore[dict-item]
        ({"health": {"http": "http://127.0.0.1:1/"}}, '1/", interval: 10s}', '1/"}'),
        (
            {"health": {"interval": "10s", "tcp": 1}},
            'http: "http://127.0.0.1:1/", interval: 10s',
            "interval: 10s, tcp: 1",
        ),
        ({"health": {**VALUE["health"], "timeout": 2}}, "10s}", "10s, timeout: 2}"),  # type: ignore[dict-item]
        ({"health": {"tcp": 1}}, '{http: "http://127.0.0.1:1/", interval: 10s}', "{tcp: 1}"),
        (
            {"env": {"A": "1"}},
            '      # the port\n      PORT: "1"   # quoted\n      HOST: ::1\n',
            '      # the port\n      {A: "1"}\n',
        ),
        ({"env": {"PORT": "1", "A": "2"}}, "      HOST: ::1\n", '      A: "2"\n'),
        ({"health": None}, '    health: {http: "http://127.0.0.1:1/", interval: 10s}   # asked\n', ""),
        ({"name": "A: b"}, "autostart: true\n", 'autostart: true\n    name: "A: b"\n'),
    ],
)
def test_a_key_changes_and_nothing_else(new: dict[str, Any], was: str, is_now: str, read: Read) -> None:
    assert SERVICE.count(was) == 1
    changed = change(SERVICE, block("a", {**VALUE, **new}))
    assert changed == SERVICE.replace(was, is_now)
    assert read(changed).good, read(changed).faults


BRACES = """services: {
  # about a
  "a": {
    "command": ["x"],   # the program
    # about env
    "env": {"A": "1"},  # variables
    # about port
    "port": 1   # the last
  },
}
"""


@pytest.mark.parametrize(
    ("value", "gone", "fresh"),
    [
        ({"command": ["x"], "env": {"A": "1"}, "port": 2}, "1   # the last", "2   # the last"),
        ({"command": ["x"], "env": {"A": "1"}}, '    "port": 1   # the last\n', ""),
        ({"command": ["x"], "port": 1}, '    "env": {"A": "1"},  # variables\n', ""),
        (
            {"command": ["x"], "env": {"A": "1"}, "port": 1, "name": "mine"},
            "1   # the last\n",
            "1,   # the last\n    name: mine\n",
        ),
    ],
)
def test_a_key_changes_in_braces_and_its_neighbours_comments_stay(value: dict[str, Any], gone: str, fresh: str) -> None:
    assert BRACES.count(gone) == 1
    assert change(BRACES, block("a", value)) == BRACES.replace(gone, fresh)


def test_json_stays_json() -> None:
    text = json.dumps({"services": {"a": {"command": ["x"], "port": 1}}}, indent="\t")
    for value in ({"command": ["y z"], "name": "é", "env": {"K": "no"}}, {"command": ["x"], "port": None}):
        changed = change(put_in(text, [block("b", value)]), block("a", value))
        wanted = {name: part for name, part in value.items() if part is not None}
        assert json.loads(changed)["services"]["a"] == wanted


def test_a_key_that_a_merge_key_brings_is_covered_not_removed() -> None:
    text = "x-g: &g {tags: [ai], port: 1}\nservices:\n  a:\n    <<: *g\n    command: [x]\n"
    assert change(text, block("a", {"command": ["x"], "port": 2})) == text + "    port: 2\n    tags: null\n"


def test_what_cannot_be_kept_is_written_anew() -> None:
    text = "x: &e {A: 1}\nservices:\n  a: &s\n    command: [x]\n    env: *e\n  b: {command: [y]}\n"
    changed = change(text, block("a", {"command": ["x"], "env": {"A": "2"}}))
    assert changed == text.replace("env: *e", 'env: {A: "2"}')


# Many edits


def some_value(dice: random.Random, number: int) -> dict[str, Any]:
    value: dict[str, Any] = {
        "command": ["prog", f"--n={number}", dice.choice(["a b", "é", "no", "12", "C:\\x", "it's"])]
    }
    if dice.random() < 0.5:
        value["env"] = {
            f"K{dice.randrange(4)}": dice.choice(["", "1", "true", "x: y", "# no", "a\nb"]) for _ in range(3)
        }
    if dice.random() < 0.4:
        value["tags"] = [dice.choice(["on", "ai", "0x1F", "-", "*x", "&y"]) for _ in range(dice.randrange(1, 4))]
    if dice.random() < 0.3:
        value["health"] = {"tcp": dice.randrange(1, 9), "interval": "5s"}
    if dice.random() < 0.2:
        value["description"] = dice.choice(["~", "a" * 200, '"', "{x}", "[y", " lead", "trail "])
    return value


def commented(count: int) -> str:
    """Services between comments that no edit may touch, each comment line another."""
    parts = ["# begin\nservices:\n"]
    for number in range(count):
        parts.append(
            f"\n  # about {number} \t\n  s{number}:   # head {number}\n    command: [x{number}]  # tail {number}\n"
        )
    return "".join([*parts, "\n# end\nx-own: {a:   1}   # own\n"])


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_two_hundred_random_edits_touch_no_line_of_another(newline: str) -> None:
    dice = random.Random(7)
    text = commented(12).replace("\n", newline)
    model: dict[str, Any] = {f"s{number}": {"command": [f"x{number}"]} for number in range(12)}
    for number in range(200):
        name = dice.choice([*model, f"n{number}"])
        before = {one: own_text(layout(text), found) for one in model if (found := find(layout(text), one))}
        if name not in model:
            model[name] = some_value(dice, number)
            text = put_in(text, [block(name, model[name])])
        elif dice.random() < 0.35 and len(model) > 3:
            del model[name]
            text = take_out(text, name)
        else:
            model[name] = some_value(dice, number)
            new = block(name, model[name])
            text = change(text, new) if dice.random() < 0.7 else replace(text, [new])
        laid = layout(text)
        assert ids(laid) == list(model)
        for one, value in model.items():
            found = find(laid, one)
            assert found is not None
            assert laid.value(found.value) == value
            assert one == name or own_text(laid, found) == before[one]
        outside = re.findall(r"^(?:  # about .*|# .*|x-own.*|services:)$", text.replace("\r\n", "\n"), re.MULTILINE)
        assert outside == [
            "# begin",
            "services:",
            *(f"  # about {n} \t" for n in range(12)),
            "# end",
            "x-own: {a:   1}   # own",
        ]
        assert ("\r\n" in text) == (newline == "\r\n")
        assert text.count("\n") == text.count(newline)
