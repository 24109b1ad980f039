"""Starts one process tree: suspended, into its job, then let run, so that no child can slip away in between."""

from __future__ import annotations

import _winapi
import ctypes
import logging
import msvcrt
import os
import subprocess
import sys
from contextlib import ExitStack

assert sys.platform == "win32"

from keeper import windows_processes as processes
from keeper.protocol import MARK, LaunchSpec
from keeper.windows_api import kernel32
from keeper.windows_command import command_line, find_program, merged_environment
from keeper.windows_files import open_input
from keeper.windows_jobs import Job, JobPort
from keeper.windows_limits import impose
from keeper.windows_root import Root, marked

log = logging.getLogger("keeper")

_CREATE_SUSPENDED = 0x4
_RESUME_FAILED = 0xFFFF_FFFF


def start(spec: LaunchSpec, output: int, *, port: JobPort, key: int, own_console: bool) -> Root:
    """`output` (a descriptor) becomes both output streams. OSError or ValueError when it cannot be started."""
    env = merged_environment({**spec.env, MARK: spec.id}, {"SYSTEMROOT": os.environ["SYSTEMROOT"]})
    program = find_program(spec.argv[0], spec.cwd, env, os.path.isfile)
    application, line = command_line(program, spec.argv[1:], _shell())
    flags = _CREATE_SUSPENDED
    flags |= subprocess.CREATE_NO_WINDOW if own_console else subprocess.CREATE_NEW_PROCESS_GROUP
    with ExitStack() as undo:
        with open_input(spec.input) as given:
            startup = _streams(given.fileno(), output)
            process, thread, pid, _ = _winapi.CreateProcess(
                application, line, None, None, True, flags, env, spec.cwd, startup
            )
        undo.callback(_winapi.CloseHandle, process)
        undo.callback(_winapi.TerminateProcess, process, 1)
        job = _job_for(spec.id, process, port, key)
        if job is not None:
            undo.callback(job.close)
        enforced = impose(spec, job, process)
        _resume(thread)
        others = None if job is not None else marked(spec.id)
        root = Root(pid, processes.times(process)[0], process, job, others, enforced)
        undo.pop_all()
    return root


def _streams(given: int, output: int) -> subprocess.STARTUPINFO:
    """The tool inherits these two and nothing else of the keeper."""
    handles = [msvcrt.get_osfhandle(given), msvcrt.get_osfhandle(output)]
    for handle in handles:
        os.set_handle_inheritable(handle, True)
    return subprocess.STARTUPINFO(
        dwFlags=subprocess.STARTF_USESTDHANDLES,
        hStdInput=handles[0],
        hStdOutput=handles[1],
        hStdError=handles[1],
        lpAttributeList={"handle_list": handles},
    )


def _job_for(tree: str, process: int, port: JobPort, key: int) -> Job | None:
    """A tool without a job is better than no tool."""
    job = None
    try:
        job = Job(port, key)
        job.assign(process)
    except OSError as error:
        log.warning("%s is not in a job object: %s", tree, error)
        if job is not None:
            job.close()
        return None
    return job


def _resume(thread: int) -> None:
    try:
        if kernel32.ResumeThread(thread) == _RESUME_FAILED:
            raise ctypes.WinError(ctypes.get_last_error())
    finally:
        _winapi.CloseHandle(thread)


def _shell() -> str:
    return os.environ.get("COMSPEC") or os.path.join(os.environ["SYSTEMROOT"], "System32", "cmd.exe")
