# SPDX-License-Identifier: MIT
"""Relations of many objects at once, read after the objects themselves."""
from .queryset import Manager, QuerySet


def _paths(fields):
    return [fields] if isinstance(fields, str) else list(fields or ())


def _names(model, path):
    # A foreign key may be named by its attribute, author_id.
    field = model._meta.fields.get(path)
    return field.name if field is not None else path


async def _fill(instances, paths, read):
    """Hangs on instances of one model and database what a query of their rows brings with it."""
    model, alias = type(instances[0]), instances[0]._alias
    rows = QuerySet(model, model._all)
    rows = (rows.using(alias) if alias else rows).filter(pk__in=list({i.pk for i in instances}))
    known = {row.pk: row.__dict__.get("_related", {}) for row in await read(rows, paths)}
    for instance in instances:
        instance.__dict__.setdefault("_related", {}).update(known.get(instance.pk, ()))


async def _apply(what, fields, read):
    if isinstance(what, Manager):
        what = what.get_queryset()
    if isinstance(what, QuerySet):
        return await read(what, [_names(what._model, path) for path in _paths(fields)])
    instances, groups = list(what), {}
    for instance in instances:
        if instance.pk is not None and instance._alias is not None:
            groups.setdefault((type(instance), instance._alias), []).append(instance)
    for (model, _), group in groups.items():
        await _fill(group, [_names(model, path) for path in _paths(fields)], read)
    return instances


async def apply_select_related(instances, fields=()):
    """Loads what foreign keys lead to: of a list of objects, which is given back, or of a QuerySet, whose rows
    are given: `await apply_select_related(posts, fields=["author"])`"""
    return await _apply(instances, fields, lambda rows, paths: rows.select_related(*paths))


async def apply_prefetch_related(instances, fields=()):
    """The same of every relation, by a query for each: `await apply_prefetch_related(posts, fields=["tags"])`"""
    return await _apply(instances, fields, lambda rows, paths: rows.prefetch_related(*paths))
