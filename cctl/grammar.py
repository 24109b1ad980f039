"""What can be typed: every command with its arguments. Help, checking and completion all come from here."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from cctl.failure import CODES

Parser = argparse.ArgumentParser
RUN = "run"
PROGRAM = "cctl"  # said where argparse would otherwise work it out, which takes longer than all of the rest

EXAMPLES = """examples:
  cctl status                     every service, what it does and why
  cctl up comfyui --wait healthy  start it, and return when it answers
  cctl logs -f comfyui n8n        follow two logs
  cctl run resize --width 640     run a module, and end as it ends
  cctl status --json              the same for scripts
"""


class Command(NamedTuple):
    """`module` of `cctl.commands` does it; `describe` adds its arguments."""

    name: str
    help: str
    module: str
    describe: Callable[[Parser], object]


def parser() -> Parser:
    epilog = EXAMPLES + "\nexit codes:\n" + "".join(f"  {code:<3} {meaning}\n" for code, meaning in CODES.items())
    made = Parser(
        prog=PROGRAM,
        description="The command line of Control Center.",
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    _everywhere(made, top=True)
    commands = made.add_subparsers(dest="command", metavar="COMMAND", title="commands", prog=PROGRAM)
    for command in COMMANDS:
        sub = commands.add_parser(command.name, help=command.help, description=command.help, allow_abbrev=False)
        sub.set_defaults(module=command.module)
        command.describe(sub)
        _everywhere(sub, top=False)
    return made


def parse(known: Parser, argv: Sequence[str]) -> argparse.Namespace:
    """What `run` does not know is for the module, and so is all that stands behind `--`."""
    at = argv.index("--") if RUN in argv and "--" in argv else len(argv)
    given, words = known.parse_known_args(argv[:at])
    if given.command == RUN:
        given.words = [*words, *argv[at + 1 :]]
    elif words or at < len(argv):
        given = known.parse_args(argv)
    return given


def _everywhere(made: Parser, *, top: bool) -> None:
    """Understood before and behind the command; what stands behind it wins."""

    def otherwise(value: Any) -> Any:
        return value if top else argparse.SUPPRESS

    common = made.add_argument_group("everywhere")
    common.add_argument(
        "--data-dir", metavar="DIR", default=otherwise(None), help="the daemon of this folder (else DATA_DIR decides)"
    )
    common.add_argument("--json", action="store_true", default=otherwise(False), help="the answer for scripts")
    common.add_argument(
        "--start",
        action="store_true",
        default=otherwise(os.environ.get("CCTL_START", "") not in {"", "0"}),
        help="start the daemon if it does not run (CCTL_START=1: always)",
    )
    common.add_argument(
        "--color", choices=("auto", "always", "never"), default=otherwise("auto"), help=argparse.SUPPRESS
    )


def _services(made: Parser, least: str = "*") -> None:
    made.add_argument("services", metavar="SERVICE", nargs=least, help="its id")


def _choice(made: Parser) -> None:
    _services(made)
    made.add_argument("--all", action="store_true", dest="every", help="all services")
    made.add_argument("--tag", action="append", default=[], dest="tags", metavar="TAG", help="those with this tag")


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value <= 86400:
        raise ValueError
    return value


_seconds.__name__ = "number of seconds"  # argparse says it in its complaint


def _lines(text: str) -> int:
    value = int(text)
    if not 0 <= value <= 10000:
        raise ValueError
    return value


_lines.__name__ = "number from 0 to 10000"


def _timeout(made: Parser, seconds: float) -> None:
    made.add_argument(
        "--timeout", type=_seconds, default=seconds, metavar="SECONDS", help=f"wait no longer (default: {seconds:g})"
    )


def _up(made: Parser) -> None:
    _choice(made)
    made.add_argument("--wait", choices=("running", "healthy"), help="return only when they have got this far")
    _timeout(made, 60)


def _down(made: Parser) -> None:
    _choice(made)
    _timeout(made, 120)


def _logs(made: Parser) -> None:
    _services(made, "+")
    made.add_argument("-f", "--follow", action="store_true", help="go on with what is written, until Ctrl+C")
    made.add_argument("-n", "--lines", type=_lines, default=100, metavar="N", help="the last N lines (default: 100)")


def _run(made: Parser) -> None:
    made.usage = f"{PROGRAM} run [-h] [--detach] MODULE [--NAME VALUE ...]"
    made.add_argument("runnable", metavar="MODULE", help="its id; behind it its parameters: --NAME VALUE")
    made.add_argument("-d", "--detach", action="store_true", help="say the run's id and leave it to itself")


def _events(made: Parser) -> None:
    made.add_argument("-f", "--follow", action="store_true", help="go on with what happens, until Ctrl+C")
    made.add_argument("--since", metavar="WHEN", help="all since then: 10m, 2h, 3d, 14:30, 2026-05-01 or with both")
    made.add_argument("-n", "--lines", type=_lines, default=20, metavar="N", help="the last N (default: 20)")
    made.add_argument("--type", metavar="TYPE", dest="kind", help="only this type, e.g. service.failed")
    made.add_argument("--service", metavar="SERVICE", help="only of this service")


def _config(made: Parser) -> None:
    what = made.add_subparsers(dest="action", metavar="WHAT", required=True, prog=f"{PROGRAM} config")
    check = what.add_parser("check", help="what is wrong in the definitions file", allow_abbrev=False)
    check.add_argument("file", nargs="?", metavar="FILE", help="another file than the one in use")
    plan = what.add_parser("plan", help="what applying the definitions file would change", allow_abbrev=False)
    plan.add_argument("file", nargs="?", metavar="FILE", help="as if this were the file in use")
    path = what.add_parser("path", help="where the definitions file is", allow_abbrev=False)
    for sub in (check, plan, path):
        _everywhere(sub, top=False)


def _of_daemon(made: Parser) -> None:
    made.add_argument("--config", metavar="FILE", help="the definitions (else CONFIG_FILE decides)")
    made.add_argument("--port", metavar="PORT", help="where to listen (else PORT decides)")


def _daemon(made: Parser) -> None:
    what = made.add_subparsers(dest="action", metavar="WHAT", required=True, prog=f"{PROGRAM} daemon")
    start = what.add_parser("start", help="start it, outside of this terminal", allow_abbrev=False)
    _of_daemon(start)
    stop = what.add_parser("stop", help="end it in good order, with its services", allow_abbrev=False)
    _timeout(stop, 120)
    status = what.add_parser("status", help="whether it runs, and where", allow_abbrev=False)
    for sub in (start, stop, status):
        _everywhere(sub, top=False)


def _autostart(made: Parser) -> None:
    what = made.add_subparsers(dest="action", metavar="WHAT", required=True, prog=f"{PROGRAM} autostart")
    on = what.add_parser("on", help="start the daemon whenever you log in", allow_abbrev=False)
    _of_daemon(on)
    off = what.add_parser("off", help="do not", allow_abbrev=False)
    status = what.add_parser("status", help="whether it does", allow_abbrev=False)
    for sub in (on, off, status):
        _everywhere(sub, top=False)


def _shell(made: Parser) -> None:
    made.add_argument("shell", choices=("bash", "zsh", "fish", "powershell"))


def _nothing(_: Parser) -> None:
    pass


COMMANDS = (
    Command("status", "What services do, and why.", "status", _services),
    Command("up", "Start services; what they depend on starts before them.", "change", _up),
    Command("down", "Stop services with everything that they started.", "change", _down),
    Command("restart", "Stop services and start them again.", "change", _up),
    Command("logs", "What services print.", "logs", _logs),
    Command(RUN, "Run a module, and show what it prints.", "run", _run),
    Command("events", "What happened.", "events", _events),
    Command("config", "The definitions file.", "config", _config),
    Command("doctor", "Is Control Center itself well on this machine?", "doctor", _nothing),
    Command("open", "Open the dashboard in the browser.", "open", _nothing),
    Command("daemon", "Start and stop the daemon itself.", "daemon", _daemon),
    Command("autostart", "Start the daemon at every login.", "autostart", _autostart),
    Command("completion", "The lines that teach your shell to complete.", "completion", _shell),
)
