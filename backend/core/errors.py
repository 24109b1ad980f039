"""The tree of errors that callers may meet; each area adds its own cases beside its code.

    CenterError                 500  internal_error
    ├── NotFound                404  not_found
    ├── Conflict                409  conflict
    ├── Refused                 403  refused
    ├── Unprocessable           422  unprocessable
    └── Unavailable             503  unavailable

`api/problems.py` turns each into an RFC 9457 problem document; nothing below the API knows of HTTP beyond the
status that a case stands for.
"""

from __future__ import annotations

from typing import Any, ClassVar


class CenterError(Exception):
    """A failure with words for a person and a stable code for a client.

    `extra` becomes further members of the problem document (`owner`, `errors`, …) and must be JSON.
    """

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    title: ClassVar[str] = "Internal error"

    def __init__(self, detail: str, **extra: Any) -> None:
        super().__init__(detail)
        self.detail = detail
        self.extra = extra


class NotFound(CenterError):
    status, code, title = 404, "not_found", "Not found"


class Conflict(CenterError):
    status, code, title = 409, "conflict", "Conflict"


class Refused(CenterError):
    status, code, title = 403, "refused", "Refused"


class Unprocessable(CenterError):
    status, code, title = 422, "unprocessable", "Unprocessable"


class Unavailable(CenterError):
    status, code, title = 503, "unavailable", "Unavailable"
