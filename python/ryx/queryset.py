# SPDX-License-Identifier: MIT
"""QuerySets: chain methods give a changed copy, awaiting one reads its rows."""
import copy
import types

from . import runtime
from ._ryx import call
from .bridges import async_to_async, async_to_sync, run_async, run_sync, sync_to_async  # noqa: F401
from .chain import Chain
from .exceptions import MisuseError, RyxError
from .page import page_of
from .q import parse_lookup_key as _parse_lookup_key  # noqa: F401
from .writes import Writes, given


def _bounds(key):
    """The first row of a slice and the one after its last, None: to the end."""
    start, stop = key.start or 0, key.stop
    if key.step not in (None, 1):
        raise TypeError("Step slicing is not supported on QuerySet")
    if not all(isinstance(at, int) for at in (start, stop or 0)):
        raise TypeError("QuerySet slices are between integers")
    if start < 0 or (stop or 0) < 0:
        raise TypeError("Negative slicing is not supported on QuerySet")
    return start, None if stop is None else max(stop, start)


class QuerySet(Writes, Chain):
    """Rows of a model that pass conditions, in an order, perhaps a slice."""

    def __await__(self):
        return runtime.run("all", self._lua).__await__()

    def __getitem__(self, key):
        if isinstance(key, slice):
            start, stop = _bounds(key)
            return self._next("slice", start + 1, stop)
        if not isinstance(key, int):
            raise TypeError(f"QuerySet indices must be integers or slices, not {type(key).__name__}")
        if key < 0:
            raise TypeError("Negative indexing is not supported on QuerySet")
        return _Item(self._next("slice", key + 1, key + 1))

    def __aiter__(self):
        return self.stream()

    async def stream(self, *, chunk_size=1000, page_size=None, keyset=None, as_dict=False):
        """Rows one after another, with flat memory; with page_size lists of so many. `keyset`
        is a field to order by."""
        source = self if keyset is None else self.order_by(keyset)
        source = source.values()._lua if as_dict else source._lua
        engine, ref = runtime.engine(), runtime.call("stream", source, page_size or chunk_size)
        try:
            while (rows := await runtime.run("stream_part", ref)) is not None:
                if page_size and rows:
                    yield rows
                    continue
                for row in rows:
                    yield row
        finally:
            # The loop may be ending, and its engine gone before this.
            if engine.closed:
                call(runtime.function("stream_lost"), ref)
            else:
                engine.call(runtime.function("stream_close"), ref)
                runtime.turn(engine)

    def iterator(self, chunk_size=1000):
        """The same as stream()."""
        return self.stream(chunk_size=chunk_size)

    def __iter__(self):
        raise TypeError("a QuerySet is asynchronous: await it, or use 'async for'")

    async def get(self, *args, **kwargs):
        """The one row; DoesNotExist or MultipleObjectsReturned otherwise."""
        return await runtime.run("get", self._lua, args, kwargs)

    async def first(self):
        """The first row in order (by key when nothing else is said), or None."""
        return await runtime.run("first", self._lua)

    async def last(self):
        """The last row in order, or None."""
        is_many, found = await runtime.run("last", self._lua)
        if not is_many:
            return found
        return found[-1] if found else None

    async def earliest(self, *fields):
        """The row with the smallest values of these fields, NULLs left out."""
        return await runtime.run("edge", self._lua, "earliest", fields)

    async def latest(self, *fields):
        """The row with the largest values."""
        return await runtime.run("edge", self._lua, "latest", fields)

    async def count(self):
        """How many rows; limit, offset and distinct count."""
        return await runtime.run("count", self._lua)

    async def exists(self):
        """Is there any row?"""
        return await runtime.run("exists", self._lua)

    async def aggregate(self, **expressions):
        """Values over all rows as a dict: aggregate(total=Sum("views"), n=Count())."""
        row = await runtime.run("aggregate", self._lua, expressions)
        return {name: row[name] for name in expressions}

    async def in_bulk(self, id_list, *, field_name="pk"):
        """Objects by their key, or by a field whose values are unique."""
        attname, rows = await runtime.run("in_bulk", self._lua, list(id_list), field_name)
        return {getattr(row, attname): row for row in rows}

    async def paginate(self, *, page=None, size=20, after=None, before=None):
        """One page of the rows, by number or from a cursor of another page."""
        options = {"page": page, "size": size, "after": after, "before": before}
        return await page_of(self._lua, {k: v for k, v in options.items() if v is not None})

    async def explain(self, *, analyze=False):
        """How the database finds the rows, as text; analyze runs the query."""
        return await runtime.run("explain", self._lua, {"analyze": True} if analyze else {})

    async def create(self, **kwargs):
        instance = self._model(**kwargs)
        instance._take(*await runtime.run("insert", self._lua, instance))
        return instance

    async def bulk_create(self, instances, batch_size=None, *, validate=False, **options):
        """Inserts objects by few statements and sets their keys. Options are `ignore_conflicts`,
        `update_conflicts` with `unique_fields`, `update_fields`, `update_where`."""
        instances = self._checked(instances, "bulk_create")
        options = given(batch_size=batch_size, validate=validate or None, **options)
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

    @property
    def query(self):
        """The same as sql()."""
        return self.sql()

    def __repr__(self):
        try:
            sql = runtime.call("sql", self._lua, True)
        except RyxError:  # it has none: repr() raises nothing
            sql = None
        return f"<QuerySet model={self._model.__name__}{f' sql={sql!r}' if sql else ''}>"


class _Item:
    """One row of a QuerySet by its place: `await qs[2]`."""

    def __init__(self, queryset):
        self._queryset = queryset

    async def _get(self):
        rows = await self._queryset
        if not rows:
            raise IndexError("QuerySet index out of range")
        return rows[0]

    def __await__(self):
        return self._get().__await__()


class Manager:
    """`Model.objects`: begins QuerySets."""

    # Manager["Post"] is for types.
    __class_getitem__ = classmethod(types.GenericAlias)

    def __init__(self, alias=None):
        self._alias = alias
        self._model = None

    def contribute_to_class(self, model, name):
        """Gives the manager its model."""
        self._model = model
        setattr(model, name, self)

    def get_queryset(self):
        if self._model._all is None:
            raise MisuseError(f"{self._model.__name__} is abstract and has no rows: build a model upon it")
        queryset = QuerySet(self._model, self._model._all)
        return queryset.using(self._alias) if self._alias else queryset

    def using(self, alias):
        manager = copy.copy(self)
        manager._alias = alias
        return manager

    @property
    def _lua(self):
        return self.get_queryset()._lua

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

    __iter__ = QuerySet.__iter__

    async def update(self, **kwargs):
        return await runtime.run("update", self.get_queryset()._lua, kwargs, False)

    async def delete(self):
        return await runtime.run("delete", self.get_queryset()._lua, False)

    async def bulk_delete(self, instances=None, batch_size=None):
        """Deletes the rows of saved objects, or every row."""
        return await self.get_queryset().bulk_delete(instances, batch_size)
