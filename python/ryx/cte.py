# SPDX-License-Identifier: MIT
"""CTE: a queryset under a name, whose rows others join or read."""
from ._ryx import call, function
from .queryset import QuerySet

_make, _begin, _end, _rows = function("cte"), function("cte_begin"), function("cte_end"), function("cte_rows")

_WRITES = ("bulk_create", "ignore_conflicts", "update", "update_all", "delete", "delete_all", "returning")


def _known(write):
    for name in write:
        if name not in _WRITES:
            raise TypeError(f"CTE() got an unexpected keyword argument {name!r}")
    return write


def _objects(model, items):
    items = [model(**item) if isinstance(item, dict) else item for item in items]
    for item in items:
        if isinstance(item, model):
            item._settle_keys()
    return items


class CTE:
    """A queryset under a name, for QuerySet.with_().

    busy = CTE("busy", Post.objects.values("author").annotate(n=Count("id")))
    Author.objects.with_(busy, on={"author": "pk"}).filter(busy__n__gt=3)

    `recursive` is a function that gets the CTE and gives the queryset of the rows to
    add; `depth` names a column that counts the rounds, `max_depth` stops them, `path` names
    one with the list of keys from the first row to each.

    On PostgreSQL it may write: update={...} or delete=True (update_all, delete_all of a
    queryset without a condition), bulk_create=[...] of Model.objects (ignore_conflicts=True);
    its rows are what `returning` names, True for objects.

    CTE("tree", Node.objects.filter(id=1), depth="level",
        recursive=lambda tree: Node.objects.with_(tree, on={"id": "parent"}))"""

    def __init__(self, name, queryset, *, recursive=None, depth=None, max_depth=None, path=None, **write):
        self.name, self._model = name, queryset._model
        if write.get("bulk_create") is not None:
            write["bulk_create"] = _objects(self._model, write["bulk_create"])
        options = {k: v for k, v in {"depth": depth, "max_depth": max_depth, "path": path, **_known(write)}.items() if v is not None}
        if recursive is None:
            self._lua = call(_make, name, queryset, options)
            return
        making, within = call(_begin, name, queryset, options)
        self._lua = call(_end, making, recursive(self._within(within)))

    def _within(self, ref):
        cte = object.__new__(type(self))
        cte.name, cte._model, cte._lua = self.name, self._model, ref
        return cte

    def rows(self):
        """A QuerySet over its rows."""
        return QuerySet(self._model, call(_rows, self))

    def __repr__(self):
        return f"<CTE {self.name} of {self._model.__name__}>"
