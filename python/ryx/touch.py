# SPDX-License-Identifier: MIT
"""What is read when it is touched: objects of relations, columns that were left out. It is read for
all objects that were read together, and blocks."""
import asyncio
import warnings

from . import runtime

_warned = {}


def _warn(instance, name):
    """Says once that an event loop stands still."""
    if asyncio._get_running_loop() is None:
        return
    warnings.warn_explicit(
        f"{type(instance).__name__}.{name} is loaded on touch, which blocks the event loop: load it before, by "
        "select_related, prefetch_related or a query of its own", RuntimeWarning, __file__, 0, registry=_warned)


def _related(instance):
    return instance.__dict__.get("_related", ())


def keep(instance, name, value):
    """Remembers what a relation leads to."""
    instance.__dict__.setdefault("_related", {})[name] = value
    return value


def _plainly(instance, name):
    # One by one, as Lua does: whoever has no row of its own, or one that is gone, is told so.
    value = runtime.run_blocking("touch", instance, name)
    convert = type(instance)._convert.get(name)
    return convert(value) if convert else value


def _peers(instance, lacks):
    return [peer for peer in instance._peers() if peer._alias == instance._alias and lacks(peer)]


def forward(instance, name, attname):
    """The object that a foreign key leads to."""
    _warn(instance, name)
    peers = _peers(instance, lambda p: name not in _related(p) and p.__dict__.get(attname) is not None)
    keys = list(dict.fromkeys(peer.__dict__[attname] for peer in (instance, *peers)))
    back, rows = runtime.run_blocking("touch_forward", instance, name, keys)
    found = {row.pk: row for row in rows}
    for peer in (*peers, instance):
        row = found.get(peer.__dict__[attname])
        if row is not None:
            keep(peer, name, row)
            if back:
                keep(row, back, peer)
    if instance.__dict__[attname] not in found:
        return keep(instance, name, _plainly(instance, name))
    return _related(instance)[name]


def reverse(instance, name):
    """The one object on the other side, or None."""
    _warn(instance, name)
    peers = {p.pk: p for p in (*_peers(instance, lambda p: name not in _related(p)), instance) if p.pk is not None}
    if instance._alias is None or instance.pk is None:
        return None
    attname, field, rows = runtime.run_blocking("touch_reverse", instance, name, [*peers])
    for peer in peers.values():
        keep(peer, name, None)
    for row in rows:
        keep(keep(row, field, peers[getattr(row, attname)]), name, row)
    return _related(instance)[name]


def column(instance, name):
    """A column that was left out."""
    _warn(instance, name)
    values = instance.__dict__
    if instance.pk is not None:
        peers = {p.pk: p for p in (*_peers(instance, lambda p: name not in p.__dict__), instance)}
        for row in runtime.run_blocking("touch_column", instance, name, [*peers]):
            peers[row.pk].__dict__[name] = row.__dict__[name]
    if name not in values:
        values[name] = _plainly(instance, name)
    return values[name]
