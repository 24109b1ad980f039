"""`cctl`: arguments → command → exit code, and the words for every way in which that can fail."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import NamedTuple

from cctl.daemon import reach
from cctl.failure import BROKEN_PIPE, INTERRUPTED, USAGE, Failure
from cctl.grammar import parse, parser
from cctl.screen import Screen
from cctl.settings import Settings
from cctl.wire import Api

COMPLETE = "__complete"


class Context(NamedTuple):
    """What every command gets."""

    given: argparse.Namespace
    settings: Settings
    screen: Screen

    def api(self) -> Api:
        """Raises `Failure` where no daemon runs, unless `--start` was given."""
        return reach(self.settings, start=self.given.start)


def main(argv: Sequence[str]) -> int:
    if argv[:1] == [COMPLETE]:  # never ends in words for a person: a shell asks
        from cctl.completion import complete

        return complete(argv[1:])
    known = parser()
    given = parse(known, argv)
    if given.command is None:
        known.print_help(sys.stderr)
        return USAGE
    screen = Screen(as_json=given.json, color=given.color)
    try:
        code = _act(given, screen)
        screen.flush()
    except Failure as failure:
        return _tell(failure, screen)
    except KeyboardInterrupt:
        return INTERRUPTED
    except OSError as error:
        if not _reader_has_gone(error):
            raise
        return _leave_quietly()
    return code


def _act(given: argparse.Namespace, screen: Screen) -> int:
    settings = Settings({name: getattr(given, name, None) for name in ("data_dir", "config")})
    module = importlib.import_module(f"cctl.commands.{given.module}")
    code: int = module.act(Context(given, settings, screen))
    return code


def _tell(failure: Failure, screen: Screen) -> int:
    """Words to the error stream; with `--json` an object to the output, so that scripts always read JSON there."""
    try:
        if screen.as_json:
            words = {"message": str(failure), "exit_code": failure.code, "problem": failure.problem}
            screen.json({"error": words})
            screen.flush()
        else:
            screen.note(f"cctl: {failure}")
    except OSError:
        return _leave_quietly()
    return failure.code


def _reader_has_gone(error: OSError) -> bool:
    return isinstance(error, BrokenPipeError) or (sys.platform == "win32" and error.errno == 22)


def _leave_quietly() -> int:
    """What is still to be written goes nowhere, so that the end of the program does not complain of it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return BROKEN_PIPE
