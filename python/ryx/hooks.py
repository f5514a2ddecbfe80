# SPDX-License-Identifier: MIT
"""Hooks of models: methods, async or plain, that are called when an object is checked,
written or deleted."""
import inspect

from ._ryx import call, function, hold

NAMES = ("clean", "before_save", "after_save", "before_delete", "after_delete")

_hook = function("hook")


class Hooks:
    """Those that do nothing."""

    async def clean(self):
        """Checks more than fields do, when they are well: raises ValidationError."""

    async def before_save(self, created):
        """Is called before an object is written: inserted, when `created`."""

    async def after_save(self, created):
        """Is called after it."""

    async def before_delete(self):
        """Is called before an object is deleted."""

    async def after_delete(self):
        """Is called after it."""


def _calling(fn):
    # What a hook returns means nothing.
    async def run(instance, *args):
        result = fn(instance, *args)
        if inspect.isawaitable(result):
            await result

    run.__qualname__ = fn.__qualname__
    return run


def tie(cls):
    """Has Lua call the hooks that a model's class has."""
    for name in NAMES:
        fn = getattr(cls, name)
        if fn is not getattr(Hooks, name):
            call(_hook, cls._lua, name, hold(_calling(fn)))
