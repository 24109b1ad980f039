"""What an exit code or a signal says: the name that the system has for it, what it means, and what to look at first."""

from __future__ import annotations

import signal as signals
from typing import NamedTuple


class Meaning(NamedTuple):
    """`meaning` is a few words; `hint` a sentence or two that help, empty where there is nothing more to say."""

    name: str
    meaning: str
    hint: str = ""


_MEMORY = "Look at the memory at that second. Give the machine more, the tool less to do, or it a limit of its own."
_VISUAL_C = "Install the Microsoft Visual C++ Redistributable, and what the tool's own documentation names."
_FAULT = "A native part of the tool is at fault: a library, an extension module or a driver. Look for a newer version."
_OTHERS = "Something else on this machine asked it to: another program, a person, or the system that shuts down."

WINDOWS: dict[int, Meaning] = {
    0x40010004: Meaning("DBG_TERMINATE_PROCESS", "ended by the debugger or at log-off", _OTHERS),
    0x80000003: Meaning("STATUS_BREAKPOINT", "stopped at a breakpoint or a failed check", _FAULT),
    0xC0000005: Meaning("STATUS_ACCESS_VIOLATION", "access violation", _FAULT),
    0xC0000006: Meaning("STATUS_IN_PAGE_ERROR", "a file in memory could not be read", "Look at the drive it lies on."),
    0xC0000017: Meaning("STATUS_NO_MEMORY", "out of memory", _MEMORY),
    0xC000001D: Meaning(
        "STATUS_ILLEGAL_INSTRUCTION",
        "an instruction that this processor does not have",
        "The program was built for a newer processor (often AVX). Look for a build for older ones.",
    ),
    0xC0000022: Meaning("STATUS_ACCESS_DENIED", "access denied", "Look at the rights on its files and folders."),
    0xC000007B: Meaning(
        "STATUS_INVALID_IMAGE_FORMAT",
        "a program or DLL of the wrong kind",
        f"32 and 64 bits are mixed, or a file is damaged. {_VISUAL_C}",
    ),
    0xC0000094: Meaning("STATUS_INTEGER_DIVIDE_BY_ZERO", "division by zero", _FAULT),
    0xC00000FD: Meaning("STATUS_STACK_OVERFLOW", "stack overflow", "Most often a function that calls itself for ever."),
    0xC0000135: Meaning("STATUS_DLL_NOT_FOUND", "a DLL is missing", _VISUAL_C),
    0xC0000138: Meaning("STATUS_ORDINAL_NOT_FOUND", "a DLL lacks an entry point", _VISUAL_C),
    0xC0000139: Meaning("STATUS_ENTRYPOINT_NOT_FOUND", "a DLL lacks an entry point", _VISUAL_C),
    0xC000013A: Meaning("STATUS_CONTROL_C_EXIT", "ended by Ctrl+C or Ctrl+Break", _OTHERS),
    0xC0000142: Meaning(
        "STATUS_DLL_INIT_FAILED",
        "a DLL failed to initialise",
        "Often too many programs without a window at once, or a session that is being closed.",
    ),
    0xC0000374: Meaning("STATUS_HEAP_CORRUPTION", "heap corruption", _FAULT),
    0xC0000409: Meaning("STATUS_STACK_BUFFER_OVERRUN", "stack buffer overrun", _FAULT),
    0xC0000417: Meaning("STATUS_INVALID_CRUNTIME_PARAMETER", "a C function was called wrongly", _FAULT),
    0xC0000420: Meaning("STATUS_ASSERTION_FAILURE", "a check inside the program failed", _FAULT),
    0xC0000602: Meaning("STATUS_FAIL_FAST_EXCEPTION", "the program gave itself up", _FAULT),
    0xCFFFFFFF: Meaning("HANG", "ended because it did not answer", "Windows or a person ended it as hanging."),
    0xE0434352: Meaning("CLR_EXCEPTION", "an exception of .NET that nobody caught", "Its last lines name it."),
    0xE06D7363: Meaning("CPP_EXCEPTION", "an exception of C++ that nobody caught", "Its last lines may name it."),
}

_NEGATIVE = 0xFFFF0000  # from here on it is a small negative number that the program chose, as -1; no status of Windows

_BATCH = {
    9009: Meaning(
        "9009",
        "a command was not found",
        "A line of a batch file names a program that is not on the PATH, or misspells it.",
    )
}

_SHELL = {
    126: Meaning(
        "126", "a program may not be executed", "Look at its permissions (chmod +x) and at its first line (#!)."
    ),
    127: Meaning(
        "127", "a program or a library was not found", "Look at the command, at PATH, and at the last lines for a name."
    ),
}

_SIGNALS: dict[str, tuple[str, str]] = {
    "SIGHUP": ("its terminal was closed", _OTHERS),
    "SIGINT": ("ended by Ctrl+C", _OTHERS),
    "SIGQUIT": ("ended by Ctrl+\\, with a dump", _OTHERS),
    "SIGILL": ("an instruction that this processor does not have", WINDOWS[0xC000001D].hint),
    "SIGTRAP": ("stopped at a breakpoint or a failed check", _FAULT),
    "SIGABRT": ("it gave itself up", "A failed check of its own or of a native library; its last lines may name it."),
    "SIGBUS": ("a file in memory could not be read", "Look at the drive, and at /dev/shm where it shares memory."),
    "SIGFPE": ("division by zero", _FAULT),
    "SIGKILL": (
        "killed",
        f"It had no say in that. Where memory was nearly full, it was the system that made room. {_MEMORY}",
    ),
    "SIGSEGV": ("access violation", _FAULT),
    "SIGPIPE": ("whoever read what it wrote had gone", ""),
    "SIGALRM": ("a timer of its own went off", ""),
    "SIGTERM": ("asked to end", _OTHERS),
    "SIGXCPU": ("its limit of processor time was reached", ""),
    "SIGXFSZ": ("its limit for the size of a file was reached", ""),
    "SIGSYS": ("a call of the system that it may not make", "A sandbox stands in its way."),
    "SIGUSR1": ("a signal that it does not handle", _OTHERS),
    "SIGUSR2": ("a signal that it does not handle", _OTHERS),
}


def signal_name(number: int) -> str:
    try:
        return signals.Signals(number).name
    except ValueError:
        return f"signal {number}"


def meaning_of(code: int | None, signal: int | None, limit: str | None, *, windows: bool) -> Meaning:
    """`limit` names the limit that was broken, where that is why it ended; `windows` whose codes these are."""
    found = _plain(code, signal, windows=windows)
    if limit is None:
        return found
    more = f"Raise `limits: {{{limit}: …}}`, or find out what needs so much."
    return Meaning(found.name, f"ended at its {limit} limit", more)


def _plain(code: int | None, signal: int | None, *, windows: bool) -> Meaning:
    if signal is not None:
        return _of_signal(signal)
    if code is None:
        return Meaning("unknown", "nobody knows how it ended", "It ended while nobody could see it.")
    if windows:
        return _of_windows(code & 0xFFFFFFFF)
    if code in _SHELL:
        return _SHELL[code]
    if 128 < code <= 128 + 64:  # how a shell tells the end of what it waited for
        of = _of_signal(code - 128)
        return of._replace(name=str(code), meaning=f"what it ran ended by {of.name}: {of.meaning}")
    return _of_code(code)


def _of_windows(code: int) -> Meaning:
    if code in WINDOWS:
        return WINDOWS[code]
    if code in _BATCH:
        return _BATCH[code]
    if code >= _NEGATIVE:
        return _of_code(code - 2**32)
    if code >= 0x80000000:
        return Meaning(f"0x{code:08X}", "ended by an error of the system", "Search for the number as it stands here.")
    return _of_code(code)


def _of_code(code: int) -> Meaning:
    if code == 0:
        return Meaning("0", "it ended by itself, without an error", "It was expected to go on.")
    return Meaning(str(code), "it ended by itself and reported an error", "Its last lines say more.")


def _of_signal(number: int) -> Meaning:
    name = signal_name(number)
    return Meaning(name, *_SIGNALS.get(name, ("ended by a signal", "")))
