# SPDX-License-Identifier: MIT
"""Advisory locks: `async with ryx.advisory_lock("nightly"):`, one at a time."""
import asyncio

from . import runtime


class AdvisoryLock:
    def __init__(self, name, options):
        self._name = name
        self._options = options
        self._task = None

    async def __aenter__(self):
        owner = id(asyncio.current_task())
        self._task = await runtime.start("advisory_lock", self._name, self._options, owner)
        if self._task.ended:
            self._task.result()

    async def __aexit__(self, kind, exception, trace):
        return await runtime.end_block(self._task, exception)


def advisory_lock(name, wait=None, alias=None):
    """One block at a time under a name, among all who use the database; what takes
    longer than `wait` seconds raises TimeoutError, 0 tries once.

    async with ryx.advisory_lock("nightly", wait=5): ...
    """
    options = {"alias": alias or "default"}
    if wait is not None:
        options["wait"] = wait
    return AdvisoryLock(name, options)
