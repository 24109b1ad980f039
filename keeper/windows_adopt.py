"""Takes a running process that was started elsewhere, and what it has started, into a job object of its own."""

from __future__ import annotations

import errno
import logging
import sys
from contextlib import ExitStack

assert sys.platform == "win32"

from keeper import windows_processes as processes
from keeper.protocol import Identity, LaunchSpec
from keeper.windows_api import (
    PROCESS_QUERY_LIMITED,
    PROCESS_SET_INFORMATION,
    PROCESS_SET_QUOTA,
    PROCESS_TERMINATE,
    SYNCHRONIZE,
    check,
    kernel32,
)
from keeper.windows_jobs import Job, JobPort
from keeper.windows_limits import impose
from keeper.windows_root import Lineage, Root

log = logging.getLogger("keeper")

_ACCESS = SYNCHRONIZE | PROCESS_QUERY_LIMITED | PROCESS_TERMINATE | PROCESS_SET_QUOTA | PROCESS_SET_INFORMATION


def take(spec: LaunchSpec, identity: Identity, *, port: JobPort, key: int) -> Root:
    """OSError when it is gone, is another process by now, or belongs to someone else."""
    with ExitStack() as undo:
        process = check(kernel32.OpenProcess(_ACCESS, False, identity.pid), "it cannot be opened")
        undo.callback(kernel32.CloseHandle, process)
        start = processes.times(process)[0]
        if processes.has_ended(process) or str(start) != identity.start:
            raise ProcessLookupError(errno.ESRCH, "it has ended, and its number may be another program's now")
        lineage = Lineage(identity.pid, start)
        job, all_held = _gather(spec.id, process, lineage, port, key)
        root = Root(
            identity.pid, start, process, job, None if all_held else lineage.members, impose(spec, job, process)
        )
        undo.pop_all()
    return root


def _gather(tree: str, process: int, lineage: Lineage, port: JobPort, key: int) -> tuple[Job | None, bool]:
    """A job with the process and its descendants, and whether it holds all of them. None: not even the root.

    The root goes first: what it starts from then on is in the job from birth.
    """
    job = Job(port, key)
    try:
        job.assign(process)
    except OSError as error:  # a surrounding job may forbid it
        log.warning("%s is held without a job object: %s", tree, error)
        job.close()
        return None, False
    refused: set[int] = set()
    while missing := lineage.members().keys() - set(job.members()) - refused:
        refused |= {pid for pid in missing if not _assign(job, pid, lineage)}
    if refused:
        log.warning("%s: no job object takes its processes %s", tree, sorted(refused))
    return job, not refused


def _assign(job: Job, pid: int, lineage: Lineage) -> bool:
    """Whether it need not be looked for any more: it is in the job, or gone."""
    try:
        with processes.opened(pid, PROCESS_QUERY_LIMITED | PROCESS_TERMINATE | PROCESS_SET_QUOTA) as process:
            job.assign(process)
    except OSError:
        return pid not in lineage.members()
    return True
