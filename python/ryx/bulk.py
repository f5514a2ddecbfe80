# SPDX-License-Identifier: MIT
"""Many rows at once, with the model before the list or without it: bulk_create(list), bulk_create(Post, list)."""
from .queryset import Manager, QuerySet
from .rows import Instance
from .writes import given

_ABSENT = object()


def _of(args, what):
    """The model, if it is known, and the arguments behind it."""
    first, *rest = args
    if isinstance(first, type):
        if not (issubclass(first, Instance) and rest):
            raise TypeError(f"{what} takes a model and a list of its objects")
        return first, rest
    if isinstance(first, (QuerySet, Manager)):
        return None, [first, *rest]
    instances = list(first)
    for instance in instances:
        if not isinstance(instance, Instance):
            raise TypeError(f"{what} takes objects of a model, not {instance!r}")
    return type(instances[0]) if instances else None, [instances, *rest]


def _rows(model, using):
    """All rows of a model, whichever its managers leave out."""
    rows = QuerySet(model)
    return rows.using(using) if using else rows


async def bulk_create(model, instances=_ABSENT, *, batch_size=500, validate=False, ignore_conflicts=False, using=None,
                      **options):
    """Inserts objects by few statements and sets their keys: the list of them."""
    model, (instances,) = _of((model,) if instances is _ABSENT else (model, instances), "bulk_create")
    if model is None:
        return list(instances)
    return await _rows(model, using).bulk_create(
        instances, batch_size, validate=validate, ignore_conflicts=ignore_conflicts or None, **options)


async def bulk_update(model, instances=_ABSENT, fields=_ABSENT, *, batch_size=500, using=None):
    """Writes fields of saved objects: bulk_update(posts, fields=["views"]). How many rows there were."""
    args = [arg for arg in (model, instances, fields) if arg is not _ABSENT]
    model, rest = _of(args, "bulk_update")
    if len(rest) != 2:
        raise TypeError("bulk_update takes objects and the names of fields")
    if model is None:
        return 0
    return await _rows(model, using).bulk_update(*rest, batch_size)


async def bulk_delete(model, instances=_ABSENT, *, batch_size=500, using=None):
    """Deletes saved objects, or the rows of a QuerySet; how many."""
    model, (instances,) = _of((model,) if instances is _ABSENT else (model, instances), "bulk_delete")
    if isinstance(instances, (QuerySet, Manager)):
        return await (instances.using(using) if using else instances).bulk_delete()
    if model is None:
        return 0
    return await _rows(model, using).bulk_delete(instances, batch_size)


def stream(queryset, *, chunk_size=100, page_size=None, **options):
    """Rows one after another, with flat memory; with page_size lists of so many."""
    return queryset.stream(chunk_size=chunk_size, **given(page_size=page_size, **options))


__all__ = ["bulk_create", "bulk_delete", "bulk_update", "stream"]
