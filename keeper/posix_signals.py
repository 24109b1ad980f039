"""Signals reach the very process that is meant, or nobody."""

from __future__ import annotations

import errno
import os
import signal

from keeper.posix_table import ProcessTable


def send(table: ProcessTable, pid: int, start: str, number: int) -> None:
    """A pid that was given to another process since is left alone, and so is a process of another user."""
    try:
        if hasattr(os, "pidfd_open"):
            handle = os.pidfd_open(pid)
            try:
                if table.start_of(pid) == start:
                    signal.pidfd_send_signal(handle, number)
            finally:
                os.close(handle)
        elif table.start_of(pid) == start:
            os.kill(pid, number)
    except ProcessLookupError:
        pass
    except OSError as error:
        if error.errno != errno.EPERM:
            raise


def signal_number(name: str) -> int:
    """`SIGTERM` and the Windows names alike: a definition may be shared between machines."""
    known = {"CTRL_C": "SIGINT", "CTRL_BREAK": "SIGTERM"}
    try:
        return signal.Signals[known.get(name, name)].value
    except KeyError:
        raise ValueError(f"{name} is no signal of this system") from None
