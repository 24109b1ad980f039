"""The process that a run is: its command line, folder, environment and input. Pure: nothing is looked up or started.

Each process has a twin to be shown, with every secret struck out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.core.secrets import HIDDEN, hide
from backend.services.modules.model import POSITIONAL, Module, Parameter

RUN_ID, RUN_DIR = "CONTROL_CENTER_RUN_ID", "CONTROL_CENTER_RUN_DIR"


@dataclass(frozen=True, slots=True)
class Invocation:
    """`env` comes on top of the person's environment; `stdin` is the text that the process reads, if any. The secrets
    in `argv`, `env` and `stdin` must never be shown, stored or logged: the `shown_…` are for that."""

    argv: tuple[str, ...] = field(repr=False)
    cwd: Path
    env: Mapping[str, str] = field(repr=False)
    stdin: str | None = field(repr=False)
    shown_argv: tuple[str, ...]
    shown_env: Mapping[str, str]
    shown_stdin: str | None


def invocation(
    module: Module, values: Mapping[str, Any], program: Sequence[str], *, run_id: str, run_folder: Path
) -> Invocation:
    """What runs `module` with `values`, as `parameters.check` gives them. `program` is how the command line begins, as
    `interpreters.program` finds it."""
    whole = _Parts(module, values)
    shown = _Parts(module, _struck_out(module, values))
    run = {RUN_ID: run_id, RUN_DIR: str(run_folder)}
    own = {name: HIDDEN if name in module.secret_env else value for name, value in module.env.items()}
    shown_env = {**own, **shown.variables, **run}
    return Invocation(
        argv=(*program, *whole.arguments),
        cwd=module.cwd,
        env={**module.env, **whole.variables, **run},
        stdin=whole.stdin,
        shown_argv=tuple(hide(word, module.secrets) for word in (*program, *shown.arguments)),
        shown_env={name: hide(value, module.secrets) for name, value in shown_env.items()},
        shown_stdin=shown.stdin and hide(shown.stdin, module.secrets),
    )


class _Parts:
    """Values dealt out to where the module wants them."""

    def __init__(self, module: Module, values: Mapping[str, Any]) -> None:
        by_name = {one.name: one for one in module.parameters}
        pairs = [(by_name.get(name) or Parameter(name), value) for name, value in values.items()]
        self.variables = {variable(one): spelled(value) for one, value in pairs if _in_environment(module, one)}
        rest = [(one, value) for one, value in pairs if not _in_environment(module, one)]
        self.arguments: tuple[str, ...] = ()
        self.stdin: str | None = None
        if module.passing == "arguments":
            self.arguments = tuple(word for one, value in rest for word in arguments(one, value, words=module.words))
        elif module.passing == "json":
            self.arguments = (_as_json(rest),)
        elif module.passing == "stdin":
            self.stdin = _as_json(rest)


def _in_environment(module: Module, parameter: Parameter) -> bool:
    return parameter.variable is not None or module.passing == "env"


def _as_json(pairs: Sequence[tuple[Parameter, Any]]) -> str:
    return json.dumps({one.name: value for one, value in pairs}, ensure_ascii=False)


def variable(parameter: Parameter) -> str:
    """The name of the variable that carries a parameter: `PARAM_MAX_RESULTS` where none is given."""
    return parameter.variable or f"PARAM_{re.sub(r'[^A-Za-z0-9]', '_', parameter.name).upper()}"


def spelled(value: Any) -> str:
    """A value in the environment: `true` and `false`, and lists as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list) else str(value)


def arguments(parameter: Parameter, value: Any, *, words: bool = False) -> Iterator[str]:
    """The words of one parameter on a command line. A text that begins with `-` is joined to its long option, or it
    would be taken for an option itself."""
    option = parameter.argument or f"--{parameter.name}"
    if isinstance(value, bool) and not words:
        on, _, off = option.partition("/")
        if flag := on if value else off:
            yield flag
        return
    for item in value if isinstance(value, list) else [value]:
        if option == POSITIONAL:
            yield str(item)
        elif isinstance(item, str) and item.startswith("-") and option.startswith("--"):
            yield f"{option}={item}"
        else:
            yield from (option, str(item))


def _struck_out(module: Module, values: Mapping[str, Any]) -> dict[str, Any]:
    secret = {one.name for one in module.parameters if one.secret}
    return {name: _hidden(value) if name in secret else value for name, value in values.items()}


def _hidden(value: Any) -> Any:
    return [HIDDEN] * len(value) if isinstance(value, list) else HIDDEN
