"""Exit codes, and the one exception that a command ends with when it cannot do what was asked."""

from __future__ import annotations

from typing import Any, Final

OK: Final = 0
NOT_WELL: Final = 1
USAGE: Final = 2
NOT_RUNNING: Final = 3
UNKNOWN_SERVICE: Final = 4
TOKEN: Final = 5
TIMED_OUT: Final = 124
INTERRUPTED: Final = 130
BROKEN_PIPE: Final = 141

CODES: Final = {
    OK: "all is well, or done",
    NOT_WELL: "something failed, or is not well",
    USAGE: "the command line, a setting or a request is not valid",
    NOT_RUNNING: "the daemon does not run, or does not answer",
    UNKNOWN_SERVICE: "there is no such service or module",
    TOKEN: "the daemon wants its API_TOKEN, and it was not given or is another",
    TIMED_OUT: "`run`: the run took longer than its module allows",
    INTERRUPTED: "ended by Ctrl+C, or `run`: the run was cancelled",
    BROKEN_PIPE: "whoever read the output has gone",
}

OF_ERROR_CODES: Final = {
    "unknown_service": UNKNOWN_SERVICE,
    "module_not_found": UNKNOWN_SERVICE,
    "token_needed": TOKEN,
    "not_valid": USAGE,
    "invalid_parameters": USAGE,
    "closing": NOT_RUNNING,
}


class Failure(Exception):
    """`str` says what, where and what to do. `problem` is the daemon's problem document where it gave one."""

    def __init__(self, code: int, words: str, problem: dict[str, Any] | None = None) -> None:
        super().__init__(words)
        self.code = code
        self.problem = problem

    @classmethod
    def of_problem(cls, status: int, problem: Any) -> Failure:
        """For an answer that is no success; the daemon's own words where it used its own form."""
        if not isinstance(problem, dict) or "detail" not in problem:
            return cls(NOT_WELL, f"The daemon answered with status {status} and without a reason.")
        code = OF_ERROR_CODES.get(str(problem.get("error_code")), TOKEN if status == 401 else NOT_WELL)
        words = str(problem["detail"])
        if code == TOKEN:
            words = "The daemon wants its API_TOKEN. Set it in the environment, or in .env beside run.bat and run.sh."
        return cls(code, words, problem)
