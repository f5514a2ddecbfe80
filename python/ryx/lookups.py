# SPDX-License-Identifier: MIT
"""Lookups: what a path in filter() may end with, and those of your own."""
import inspect

from ._ryx import call, function

_register, _transform = function("register_lookup"), function("register_transform")
_available, _built_in, _transforms = function("available_lookups"), function("list_lookups"), function("list_transforms")


def register_lookup(name, sql_template):
    """A lookup of your own, for every program part: {col} is the column, ? the value.

    register_lookup("ne", "{col} <> ?")   ->   Post.objects.filter(views__ne=3)"""
    call(_register, name, sql_template)


def lookup(name):
    """The same as a decorator, of a template or of a function whose docstring is one."""
    def register(template):
        text = template if isinstance(template, str) else inspect.getdoc(template)
        if not text:
            raise ValueError(f"lookup({name!r}): the template is a text, or the docstring of a function")
        register_lookup(name, text.strip())
        return template

    return register


def register_transform(name, sql_template, *, type=None, accepts=None):
    """A transform of your own: register_transform("initial", "SUBSTR({col}, 1, 1)", type="text")"""
    call(_transform, name, sql_template, {k: v for k, v in {"type": type, "accepts": accepts}.items() if v is not None})


def available_lookups():
    """The names of all lookups, in order."""
    return call(_available)


def list_lookups():
    """The names of those that ryx brings."""
    return call(_built_in)


def available_transforms():
    """What may stand between a field and a lookup, in order: created__year__gte."""
    return call(_transforms)


list_transforms = available_transforms

__all__ = [
    "available_lookups", "available_transforms", "list_lookups", "list_transforms", "lookup", "register_lookup",
    "register_transform",
]
