"""Is Control Center well on this machine? A table, and exit code 0 (nothing to fix) or 1.

    python quick_check.py                  checks this machine and your definitions (CONFIG_FILE names others)
    python quick_check.py --json           the same as JSON, as GET /api/diagnostics tells it
    python quick_check.py --live [URL]     asks every address of the daemon that runs

Works with any Python 3.11 before anything is installed; then it says what to install.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - this is the one place that an old Python reaches
    sys.exit(
        "Control Center needs Python 3.11 or newer; this is %d.%d (%s).\n"  # noqa: UP031
        "Install a newer one (https://www.python.org/downloads/), then run install.bat or ./install.sh."
        % (sys.version_info[0], sys.version_info[1], sys.executable)
    )

import json
import os
import subprocess
import textwrap
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent
sys.path.insert(0, str(ROOT))

from backend.services.diagnostics.finding import Finding  # noqa: E402
from backend.services.diagnostics.installation import check_packages, check_python  # noqa: E402
from backend.services.diagnostics.live import Live  # noqa: E402

MARKS = {"ok": "  ok   ", "warning": "warning", "error": " ERROR "}


def installed_python() -> str:
    """The interpreter of `.venv` where there is one that works and is not this; else nothing."""
    windows = os.name == "nt"
    python = ROOT / ".venv" / ("Scripts/python.exe" if windows else "bin/python")
    if not python.exists() or Path(sys.prefix).resolve() == (ROOT / ".venv").resolve():
        return ""
    works = subprocess.run([str(python), "-c", ""], capture_output=True, check=False).returncode == 0
    return str(python) if works else ""


def table(findings: Sequence[Finding]) -> str:
    width = max(len(finding.title) for finding in findings)
    lines = []
    for finding in findings:
        lines.append(f"{MARKS[finding.status]}  {finding.title:<{width}}  {finding.what}")
        for word, text in (("why", finding.why), ("fix", finding.fix)):
            if text:
                indent = " " * (len(MARKS["ok"]) + width + 4)
                lines.append(
                    textwrap.fill(text, 120, initial_indent=f"{indent}{word}: ", subsequent_indent=f"{indent}     ")
                )
    return "\n".join(lines)


def conclude(findings: Sequence[Finding], as_json: bool) -> int:
    if as_json:
        return tell(findings)
    print(table(findings))
    counted = {status: sum(finding.status == status for finding in findings) for status in MARKS}
    print(f"\n{len(findings)} checks: {counted['ok']} ok, {counted['warning']} warnings, {counted['error']} errors.")
    return 0 if counted["ok"] == len(findings) else 1


def tell(findings: Sequence[Finding]) -> int:
    ok = all(finding.status == "ok" for finding in findings)
    checks = [asdict(finding) for finding in findings]
    print(json.dumps({"checked_at": datetime.now(UTC).isoformat(), "ok": ok, "checks": checks}))
    return 0 if ok else 1


def live(address: str, token: str) -> int:
    print(f"Asking {address}\n")
    answers = []
    for answer in Live(address, token).every():
        answers.append(answer)
        print(
            f"{answer.status or '---':>4}  {answer.seconds * 1000:6.0f} ms  {answer.path:<40}  {answer.preview}",
            flush=True,
        )
    good = sum(answer.ok for answer in answers)
    print(f"\n{good} of {len(answers)} addresses answered well, in {sum(answer.seconds for answer in answers):.2f} s.")
    if answers[0].status == 0:
        print(f"Nothing answers at {address}. Start Control Center with run.bat or ./run.sh, or name its address.")
    return 0 if good == len(answers) else 1


def main(arguments: Sequence[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]
    asks_live, as_json = list(arguments[:1]) == ["--live"], list(arguments) == ["--json"]
    if (arguments and not (asks_live or as_json)) or len(arguments) > 2:
        print(str(__doc__).split("\n\n")[1])
        return 0 if set(arguments) & {"-h", "--help"} else 2
    python = installed_python()
    if python:
        return subprocess.run([python, str(ROOT / "quick_check.py"), *arguments], check=False).returncode
    before = [*check_python(), *check_packages()]
    if any(finding.status == "error" for finding in before):
        return conclude(before, as_json)

    from backend.config import SettingsError
    from backend.services.diagnostics.alone import address_and_token, diagnose

    if not asks_live:
        return conclude(diagnose(), as_json)
    try:
        return live(*address_and_token(arguments[1] if len(arguments) == 2 else ""))
    except SettingsError as error:
        print(error)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
