# SPDX-License-Identifier: MIT
"""QuerySets: chain methods give a changed copy, awaiting one reads its rows."""
from . import runtime


class Q:
    """Conditions, joined by & and |, turned around by ~."""

    def __init__(self, *args, **kwargs):
        self._connector, self._negated = "and", False
        self._children = (*args, *kwargs.items())

    @classmethod
    def _joined(cls, connector, *children):
        q = cls()
        q._connector, q._children = connector, children
        return q

    def __and__(self, other):
        return self._joined("and", self, other) if isinstance(other, Q) else NotImplemented

    def __or__(self, other):
        return self._joined("or", self, other) if isinstance(other, Q) else NotImplemented

    def __invert__(self):
        q = self._joined(self._connector, *self._children)
        q._negated = not self._negated
        return q

    @property
    def _lua(self):
        qs = [c for c in self._children if isinstance(c, Q)]
        pairs = dict(c for c in self._children if not isinstance(c, Q))
        return runtime.call("q", self._connector, self._negated, qs, pairs)

    def __repr__(self):
        inner = f" {self._connector} ".join(
            repr(c) if isinstance(c, Q) else f"{c[0]}={c[1]!r}" for c in self._children)
        return f"{'~' if self._negated else ''}Q({inner})"


class _Item:
    """One row of a QuerySet by its place: `await qs[2]`."""

    def __init__(self, queryset, index):
        self._queryset, self._index = queryset, index

    async def _get(self):
        rows = await self._queryset
        if not rows:
            raise IndexError(f"the QuerySet has no row {self._index}")
        return rows[0]

    def __await__(self):
        return self._get().__await__()


class QuerySet:
    """Rows of a model that pass conditions, in an order, perhaps a slice."""

    def __init__(self, model, ref):
        self._model, self._lua = model, ref

    def _next(self, function, *args):
        return QuerySet(self._model, runtime.call(function, self._lua, *args))

    def filter(self, *args, **kwargs):
        return self._next("filter", args, kwargs)

    def exclude(self, *args, **kwargs):
        return self._next("exclude", args, kwargs)

    def order_by(self, *fields):
        return self._next("chain", "order_by", *fields)

    def reverse(self):
        return self._next("chain", "reverse")

    def distinct(self, *fields):
        return self._next("chain", "distinct", *fields)

    def none(self):
        return self._next("chain", "none")

    def limit(self, n):
        return self._next("limit", n)

    def offset(self, n):
        return self._next("chain", "offset", n)

    def using(self, alias):
        return self._next("chain", "using", alias)

    def all(self):
        return QuerySet(self._model, self._lua)

    def __getitem__(self, key):
        if not isinstance(key, slice):
            if key < 0:
                raise ValueError("a QuerySet cannot be indexed from its end: use reverse() or last()")
            return _Item(self._next("slice", key + 1, key + 1), key)
        start, stop = key.start or 0, key.stop
        if start < 0 or (stop or 0) < 0 or key.step not in (None, 1):
            raise ValueError("a QuerySet takes slices from its start, without a step")
        return self._next("slice", start + 1, None if stop is None else max(stop, start))

    def __await__(self):
        return runtime.run("all", self._lua).__await__()

    def __aiter__(self):
        return self.stream()

    async def stream(self, *, chunk_size=1000):
        """Rows one after another, with flat memory."""
        engine, ref = runtime.engine(), runtime.call("stream", self._lua, chunk_size)
        try:
            while (rows := await runtime.run("stream_part", ref)) is not None:
                for row in rows:
                    yield row
        finally:
            # The loop may be ending, and its engine gone before this.
            if not engine.closed:
                engine.call(runtime.function("stream_close"), ref)

    def __iter__(self):
        raise TypeError("a QuerySet is asynchronous: await it, or use 'async for'")

    async def get(self, *args, **kwargs):
        return await runtime.run("get", self._lua, args, kwargs)

    async def first(self):
        return await runtime.run("first", self._lua)

    async def last(self):
        return await runtime.run("last", self._lua)

    async def count(self):
        return await runtime.run("count", self._lua)

    async def exists(self):
        return await runtime.run("exists", self._lua)

    async def create(self, **kwargs):
        instance = self._model(**kwargs)
        instance._take(*await runtime.run("insert", self._lua, instance))
        return instance

    async def bulk_create(self, instances, batch_size=None):
        instances = list(instances)
        options = {} if batch_size is None else {"batch_size": batch_size}
        for instance in instances:
            if not isinstance(instance, self._model):
                raise TypeError(f"bulk_create of {self._model.__name__}: {instance!r} is none")
            instance._settle_keys()
        alias, rows = await runtime.run("bulk_create", self._lua, instances, options)
        for instance, values in zip(instances, rows):
            instance._take(alias, values)
        return instances

    async def update(self, **kwargs):
        return await runtime.run("update", self._lua, kwargs, True)

    async def delete(self):
        return await runtime.run("delete", self._lua, True)

    def sql(self):
        """The text that awaiting this sends, with placeholders. No I/O after the
        first query on a database."""
        return runtime.run_blocking("sql", self._lua)

    def __repr__(self):
        return f"<QuerySet of {self._model.__name__}>"


class Manager:
    """`Model.objects`: begins QuerySets."""

    def __init__(self, alias=None):
        self._alias = alias
        self._model = None

    def __set_name__(self, owner, name):
        self._model = owner

    def get_queryset(self):
        queryset = QuerySet(self._model, self._model._all)
        return queryset.using(self._alias) if self._alias else queryset

    def using(self, alias):
        manager = type(self)(alias)
        manager._model = self._model
        return manager

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.get_queryset(), name)

    def __await__(self):
        return self.get_queryset().__await__()

    def __aiter__(self):
        return self.get_queryset().__aiter__()

    def __getitem__(self, key):
        return self.get_queryset()[key]

    async def update(self, **kwargs):
        return await runtime.run("update", self.get_queryset()._lua, kwargs, False)

    async def delete(self):
        return await runtime.run("delete", self.get_queryset()._lua, False)
