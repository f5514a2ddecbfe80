# SPDX-License-Identifier: MIT
"""On which database rows are read and written. What using() says goes before; then comes
the router, then Meta.database, then "default"."""
import inspect

from ._ryx import call, callback, function, hold

_set, _plain, _awaited = function("set_router"), function("plain_callback"), function("awaited_callback")

# What a router may answer. None leaves the decision to what comes next.
_QUESTIONS = ("db_for_read", "db_for_write", "allow_relation", "allow_migrate")

_router = None


class BaseRouter:
    """A router that decides nothing."""

    def db_for_read(self, model, **hints):
        """The alias to read rows of a model on; hints["instance"] is the object they belong to."""

    def db_for_write(self, model, **hints):
        """The alias to write them on."""

    def allow_relation(self, a, b, **hints):
        """May one object refer to another one, of another database?"""

    def allow_migrate(self, db, app_label, model_name):
        """Is the table of a model made on an alias?"""


def _question(method):
    # Lua gives hints as one argument.
    if inspect.iscoroutinefunction(method):
        async def ask(*args):
            return await method(*args[:-1], **args[-1]) if isinstance(args[-1], dict) else await method(*args)

        return call(_awaited, hold(ask))

    def ask(*args):
        return method(*args[:-1], **args[-1]) if isinstance(args[-1], dict) else method(*args)

    return call(_plain, callback(ask))


def set_router(router):
    """Sets the router of the program; None takes it away. It need not be a BaseRouter: any object
    with some of its methods, plain or async."""
    global _router
    own = {}
    for name in _QUESTIONS:
        method = getattr(router, name, None)
        if method is not None and getattr(type(router), name, None) is not getattr(BaseRouter, name):
            own[name] = _question(method)
    call(_set, own if router is not None else None)
    _router = router


def get_router():
    """The router, or None."""
    return _router


__all__ = ["BaseRouter", "get_router", "set_router"]
