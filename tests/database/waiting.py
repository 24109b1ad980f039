"""Waiting for a condition with a deadline, instead of sleeping for luck."""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable
from typing import Any


async def until(condition: Callable[[], Any], within: float = 10.0) -> Any:
    """The first true value of `condition()` (which may be async); fails after `within` seconds."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if inspect.isawaitable(value):
            value = await value
        if value:
            return value
        assert time.monotonic() < deadline, f"not true within {within} s: {condition}"
        await asyncio.sleep(0.01)
