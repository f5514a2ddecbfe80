# SPDX-License-Identifier: MIT
"""The methods of a QuerySet that give a changed copy. Which SQL they mean, and what is
wrong with their arguments, is Lua's to say."""
import types

from ._ryx import call
from .q import Q
from .runtime import function


def _given(**options):
    return {name: value for name, value in options.items() if value is not None}


class Chain:
    """A QuerySet of Lua's and the model its rows are of."""

    # QuerySet["Post"] is for types.
    __class_getitem__ = classmethod(types.GenericAlias)

    def __init__(self, model, ref=None):
        self._model, self._lua = model, ref or model._all

    def _with(self, ref):
        return type(self)(self._model, ref)

    def _next(self, name, *args):
        return self._with(call(function(name), self._lua, *args))

    def _narrowed(self, name, args, kwargs):
        # An empty Q is no condition.
        return self._next(name, [arg for arg in args if arg or not isinstance(arg, Q)], kwargs)

    def all(self):
        """A copy."""
        return self._with(self._lua)

    def filter(self, *args, **kwargs):
        """Keeps rows that pass: filter(views__gte=100), filter(Q(a=1) | Q(b=2))."""
        return self._narrowed("filter", args, kwargs)

    def exclude(self, *args, **kwargs):
        """Drops rows that pass all the tests."""
        return self._narrowed("exclude", args, kwargs)

    def annotate(self, **expressions):
        """Adds values that the database works out: annotate(n=Count("comments"))."""
        return self._next("annotate", "annotate", [*expressions.items()])

    def alias(self, **expressions):
        """The same for names that only later steps use: rows do not hold them."""
        return self._next("annotate", "alias", [*expressions.items()])

    def values(self, *fields, **expressions):
        """Rows as dicts. Before annotate with aggregates it says what is grouped."""
        return self._next("values", "values", fields, expressions)

    def values_list(self, *fields, flat=False, named=False, **expressions):
        """Rows as tuples; flat=True: as the one value; named=True: as named tuples."""
        options = _given(flat=flat or None, named=named or None)
        return self._next("values", "values_list", fields, {**expressions, **options})

    def only(self, *fields):
        """Loads only these fields and the key; others when they are touched."""
        return self._next("chain", "only", *fields)

    def defer(self, *fields):
        """Leaves these fields out until they are touched."""
        return self._next("chain", "defer", *fields)

    def select_related(self, *paths):
        """Reads the objects of to-one relations with the rows; without paths all foreign
        keys that are never NULL; False (or None) takes back what was asked before."""
        return self._next("chain", "select_related", *(path or False for path in paths))

    def prefetch_related(self, *paths):
        """Loads relations for all rows, a statement for each: paths and Prefetch."""
        return self._next("chain", "prefetch_related", *paths)

    def order_by(self, *keys):
        """Replaces the order: order_by("-views", F("title").asc(nulls_last=True)), "?" is random."""
        return self._next("chain", "order_by", *keys)

    def dates(self, field, unit, order="ASC"):
        """The first days of the years, quarters, months, weeks or days that a field has,
        each once and in order."""
        return self._next("with_options", "dates", {"order": order.lower()}, field, unit)

    def datetimes(self, field, unit, order="ASC", *, tz=None):
        """The same as datetimes, to the second at most; `tz` names a zone."""
        return self._next("with_options", "datetimes", _given(order=order.lower(), tz=tz), field, unit)

    def reverse(self):
        """Turns the order around."""
        return self._next("chain", "reverse")

    def distinct(self, *fields):
        """Keeps one of equal rows; with fields the first row of each of their values."""
        return self._next("chain", "distinct", *fields)

    def none(self):
        """No rows, and no I/O."""
        return self._next("chain", "none")

    def limit(self, n):
        """At most n rows; None takes the limit back."""
        return self._next("limit", n)

    def offset(self, n):
        """Leaves out the first n rows."""
        return self._next("chain", "offset", n)

    def using(self, alias):
        """The same on another database."""
        return self._next("chain", "using", alias)

    def union(self, *querysets, all=False):
        """Rows of this QuerySet and of others, equal ones once, or all=True."""
        return self._next("combine", "union", querysets, all)

    def intersection(self, *querysets, all=False):
        """Rows that are in every QuerySet."""
        return self._next("combine", "intersection", querysets, all)

    def difference(self, *querysets, all=False):
        """Rows of this QuerySet that are in no other."""
        return self._next("combine", "difference", querysets, all)

    def with_(self, cte, *, on=None, kind=None):
        """Declares a CTE; with `on`, {column of the CTE: path}, its rows are joined and
        read by its name. (`with` is a keyword of Python.)"""
        return self._next("with_options", "with", _given(on=on, kind=kind), cte)

    def descendants(self, *, field=None, depth=None, max_depth=None, include_self=None, path=None, depth_first=None):
        """These rows and all below them in the tree of a foreign key to the model itself. With
        depth_first (True, or what siblings are ordered by) they come as a tree is shown."""
        options = _given(field=field, depth=depth, max_depth=max_depth, include_self=include_self, path=path,
                         depth_first=depth_first)
        return self._next("with_options", "descendants", options)

    def ancestors(self, *, field=None, depth=None, max_depth=None, include_self=None, path=None):
        """These rows and all above them."""
        options = _given(field=field, depth=depth, max_depth=max_depth, include_self=include_self, path=path)
        return self._next("with_options", "ancestors", options)

    def join(self, table, on=None, *, alias=None, kind="INNER", lateral=None):
        """Joins a table or a model: join("authors", "posts.author_id = authors.id"),
        join(Author, {"id": "author"}, kind="LEFT"); its columns are read by its name. Or
        a QuerySet, which needs an alias; with lateral=True it is asked for each row, which
        OuterRef names (PostgreSQL and MySQL)."""
        options = _given(alias=alias, kind=kind, lateral=lateral)
        if isinstance(table, Chain):
            return self._next("with_options", "join", options | _given(on=on), table)
        return self._next("with_options", "join", options, table, on)

    def comment(self, text):
        """A comment behind the SQL, for the logs of the database."""
        return self._next("chain", "comment", text)

    def cache(self, *, ttl=None, key=None):
        """Lets the rows be kept as configure_cache() says, until what they are made of is written or their
        time is over; `key` names them for invalidate()."""
        return self._next("with_options", "cache", _given(ttl=ttl, key=key))

    def for_update(self, *, nowait=False, skip_locked=False, of=None, share=False):
        """Locks the rows until the end of the transaction that it needs."""
        options = _given(nowait=nowait or None, skip_locked=skip_locked or None, of=of, share=share or None)
        return self._next("with_options", "for_update", options)

    select_for_update = for_update
