"""The process that comes of a module and its parameters; the scripts here are run, and tell what they got."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from backend.services.modules.invocation import Invocation, invocation
from backend.services.modules.parameters import check, defaults
from tests.services.modules.conftest import One

TELL = "import json, os, sys; print(json.dumps([sys.argv[1:], sys.stdin.read(), dict(os.environ)]))"


def made(module: Any, given: dict[str, Any]) -> Invocation:
    checked = check(module, given)
    assert not checked.faults
    return invocation(module, checked.values, module.command, run_id="run_1", run_folder=module.cwd / "runs" / "run_1")


def told(made: Invocation) -> tuple[list[str], str, dict[str, str]]:
    """What a process got that was started so: arguments, input and environment."""
    done = subprocess.run(
        made.argv, cwd=made.cwd, env={**os.environ, "PYTHONUTF8": "1", **made.env},
        input=made.stdin or "", capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    arguments, stdin, environment = json.loads(done.stdout)
    return arguments, stdin, environment


COMMAND = f"command: {json.dumps([sys.executable, '-c', TELL])}\n"


def test_parameters_become_options_in_the_order_of_the_declaration(one: One) -> None:
    module = one(
        COMMAND
        + """
parameters:
  url: {required: true}
  limit: {type: integer, default: 20}
  ratio: {type: number}
  verbose: {type: checkbox}
  color: {type: checkbox, default: true, argument: --color/--no-color}
  tags: {multiple: true}
  format: {options: [json, csv], argument: -f}
  files: {multiple: true, argument: positional}
"""
    )
    arguments, stdin, environment = told(
        made(
            module,
            {
                "files": ["a b.txt", "c.txt"], "format": "csv", "tags": ["x", "-y"], "verbose": True, "color": False,
                "ratio": 0.5, "url": "https://example.org/?a=1&b='2'",
            },
        )
    )  # fmt: skip
    assert arguments == [
        *("--url", "https://example.org/?a=1&b='2'", "--limit", "20", "--ratio", "0.5", "--verbose", "--no-color"),
        *("--tags", "x", "--tags=-y", "-f", "csv", "a b.txt", "c.txt"),
    ]
    assert stdin == ""
    assert environment["CONTROL_CENTER_RUN_ID"] == "run_1"
    assert Path(environment["CONTROL_CENTER_RUN_DIR"]).name == "run_1"


def test_an_argparse_script_understands_what_it_gets(one: One, tmp_path: Path) -> None:
    (tmp_path / "tool.py").write_text(
        "import argparse\np = argparse.ArgumentParser()\np.add_argument('--text')\np.add_argument('--n', type=int)\n"
        "p.add_argument('--fast', action='store_true')\np.add_argument('--tag', action='append')\n"
        "p.add_argument('file')\nprint(vars(p.parse_args()))"
    )
    module = one(
        f"command: {json.dumps([sys.executable, 'tool.py'])}\n"
        "parameters: {text: , n: {type: integer}, fast: {type: checkbox}, tag: {multiple: true}, "
        "file: {argument: positional}}"
    )
    process = made(module, {"text": "--help", "n": -3, "fast": True, "tag": ["a", "-b"], "file": "in.csv"})
    done = subprocess.run(process.argv, cwd=process.cwd, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "{'text': '--help', 'n': -3, 'fast': True, 'tag': ['a', '-b'], 'file': 'in.csv'}"


def test_parameters_go_by_the_environment_where_the_module_says_so(one: One) -> None:
    module = one(
        COMMAND
        + "pass: env\nparameters: {max-results: {type: integer}, deep: {type: checkbox}, tags: {multiple: true}}"
    )
    arguments, stdin, environment = told(made(module, {"max-results": 5, "deep": True, "tags": ["a", "ü"]}))
    assert (arguments, stdin) == ([], "")
    assert environment["PARAM_MAX_RESULTS"] == "5"
    assert environment["PARAM_DEEP"] == "true"
    assert json.loads(environment["PARAM_TAGS"]) == ["a", "ü"]


@pytest.mark.parametrize("passing", ["json", "stdin"])
def test_parameters_go_as_one_object_where_the_module_says_so(one: One, passing: str) -> None:
    module = one(COMMAND + f"pass: {passing}\nparameters: {{n: {{type: number}}, deep: {{type: checkbox}}, text: }}")
    given = {"n": 1.5, "deep": False, "text": 'ü\n"quoted"'}
    arguments, stdin, _ = told(made(module, given))
    whole = stdin if passing == "stdin" else arguments[0]
    assert json.loads(whole) == given
    assert (len(arguments), bool(stdin)) == ((0, True) if passing == "stdin" else (1, False))


def test_one_parameter_may_go_by_the_environment_alone(one: One) -> None:
    module = one(COMMAND + "parameters: {api_key: {type: password, env: API_KEY}, url: }")
    process = made(module, {"api_key": "k3y-of-mine", "url": "x"})
    arguments, _, environment = told(process)
    assert arguments == ["--url", "x"]
    assert environment["API_KEY"] == "k3y-of-mine"
    assert process.shown_env["API_KEY"] == "•••"


@pytest.mark.parametrize("passing", ["arguments", "env", "json", "stdin"])
def test_what_is_shown_holds_no_secret(one: One, passing: str) -> None:
    module = one(
        f"command: {json.dumps([sys.executable, '-c', TELL, '--token=${env:TOKEN}'])}\n"
        f"pass: {passing}\nenv: {{FROM_OUTSIDE: '${{env:TOKEN}}', PLAIN: open}}\n"
        "parameters: {key: {type: password}, keys: {secret: true, multiple: true}, url: }"
    )
    process = made(module, {"key": "k3y-of-mine", "keys": ["s1-secret", "s2-secret"], "url": "seen"})
    whole = repr((process.argv, process.env, process.stdin))
    shown = repr((process.shown_argv, process.shown_env, process.shown_stdin, process))
    for secret in ("k3y-of-mine", "s1-secret", "s2-secret", "s3cr3t-token"):
        assert secret in whole
        assert secret not in shown
    assert "seen" in shown
    assert "open" in shown


@pytest.mark.parametrize("passing", ["arguments", "env", "stdin", "json"])
def test_a_default_that_comes_from_a_secret_is_passed_and_never_shown(one: One, passing: str) -> None:
    module = one(COMMAND + f"pass: {passing}\nparameters: {{token: {{default: '${{env:TOKEN}}'}}, x: {{default: a}}}}")
    assert [parameter.secret for parameter in module.parameters] == [True, False]
    assert defaults(module) == {"x": "a"}
    process = made(module, {})
    assert "s3cr3t-token" in str((process.argv, process.env, process.stdin))
    assert "s3cr3t-token" not in str((process.shown_argv, process.shown_env, process.shown_stdin))
    assert "s3cr3t-token" not in repr(process)


def test_a_secret_is_struck_out_wherever_it_stands(one: One) -> None:
    module = one(COMMAND + "parameters: {x: {options: ['--key=${env:TOKEN}', none]}}")
    process = made(module, {"x": "--key=s3cr3t-token"})
    assert process.argv[-1] == "--x=--key=s3cr3t-token"
    assert process.shown_argv[-1] == "--x=--key=•••"
