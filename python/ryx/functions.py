# SPDX-License-Identifier: MIT
"""Functions, aggregates and window functions: a class for each row of Lua's table of
them (lua/ryx/query/fn/init.lua, docs/reference/functions.md)."""
import inspect

from ._ryx import call, function
from .expressions import Expression

_apply = function("apply")


class Function(Expression):
    """Lower("name"): arguments as in the reference; a text is a path where an
    expression is read."""

    __slots__ = ()
    _options = frozenset()

    def __init__(self, *args, **options):
        self._set(args, options)

    def _set(self, args, options):
        name = type(self).__name__
        for option in options:
            if option not in self._options:
                raise TypeError(f"{name}() got an unexpected keyword argument {option!r}")
        self._lua = call(_apply, name, args, {k: v for k, v in options.items() if v is not None})


class Aggregate(Function):
    """Count("id", distinct=True, filter=Q(active=True), order_by="name", default=0)"""

    __slots__ = ()

    def __init__(self, *args, distinct=False, filter=None, order_by=None, default=None, output_field="",
                 **options):
        if distinct:
            options["distinct"] = True
        if filter is not None and filter:
            options["filter"] = filter
        self._set(args, {**options, "order_by": order_by, "default": default})


class WindowFunction(Function):
    """Goes into Window(...)."""

    __slots__ = ()


_BASES = {"function": Function, "aggregate": Aggregate, "window": WindowFunction}
_ALL_AGGREGATES = ("distinct", "filter", "order_by", "default")


def _parameters(row):
    """As inspect shows them: names are kinds of arguments."""
    kind = inspect.Parameter
    out = []
    for i, arg in enumerate(row["args"]):
        if arg.startswith("..."):
            out.append(kind("more", kind.VAR_POSITIONAL))
        else:
            default = None if arg.endswith("?") else kind.empty
            out.append(kind(f"{arg.rstrip('?')}{i + 1}", kind.POSITIONAL_ONLY, default=default))
    named = [*(_ALL_AGGREGATES if row["kind"] == "aggregate" else ()), *row["options"]]
    return out + [kind(name, kind.KEYWORD_ONLY, default=None) for name in named]


def _class_of(row):
    base = _BASES[row["kind"]]
    own = {"distinct", "filter", "order_by", "default"} if base is Aggregate else ()
    return type(row["name"], (base,), {
        "__slots__": (), "__module__": __name__, "__doc__": f"{row['doc']}\n\n{row['types']}\n{row['sql']}",
        "__signature__": inspect.Signature(_parameters(row)), "_options": frozenset([*row["options"], *own]),
    })


_made = [_class_of(row) for row in call(function("functions"))]
globals().update({cls.__name__: cls for cls in _made})

__all__ = ["Aggregate", "Function", "WindowFunction", *(cls.__name__ for cls in _made)]
