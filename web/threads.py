"""Calls the blocking ground floor from the loop, in a few threads only."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

import anyio

THREADS = 4

P = ParamSpec("P")
T = TypeVar("T")

_limiters: WeakKeyDictionary[Any, anyio.CapacityLimiter] = WeakKeyDictionary()


async def in_thread(call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What the call answers; at most 4 run at once, so that the loop's readers never hold all connections."""
    loop = asyncio.get_running_loop()
    limiter = _limiters.setdefault(loop, anyio.CapacityLimiter(THREADS))
    return await anyio.to_thread.run_sync(partial(call, *args, **kwargs), limiter=limiter)
