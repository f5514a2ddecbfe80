# SPDX-License-Identifier: MIT
"""Signals: functions, async or plain, that are told what happens, one after another in
the order in which they were connected."""
import inspect
import logging
import weakref

from ._ryx import Ref, call, function, hold
from .queryset import QuerySet

_log = logging.getLogger("ryx.signals")
_listen = function("listen")

_class_of = None


def find_classes_by(fn):
    """fn(ref) gives the class of a model of Lua's that has none yet."""
    global _class_of
    _class_of = fn


class _Receiver:
    """One connection. Bound methods are held through their object, which may go."""

    def __init__(self, fn, sender, weak):
        self.sender = sender
        self.get = weakref.WeakMethod(fn) if weak and inspect.ismethod(fn) else lambda: fn

    def hears(self, sender):
        return self.sender is None or self.sender is sender or isinstance(sender, str) and self.sender == sender


class Signal:
    """Something that receivers connect to: `paid = Signal("paid")`, `await paid.send(Order, order=order)`."""

    def __init__(self, name):
        self.name = name
        self._receivers = ()  # replaced, never changed: one may come or go while it is sent

    def __repr__(self):
        return f"<Signal: {self.name}>"

    def connect(self, receiver, *, sender=None, weak=True):
        """Calls receiver(sender=..., **kwargs) whenever the signal is sent, or is sent by `sender`. A bound
        method goes with its object, unless weak=False."""
        if not callable(receiver):
            raise TypeError(f"Signal receiver must be an async function, or a plain one. Got: {receiver!r}")
        self._replace((*self._receivers, _Receiver(receiver, sender, weak)))

    def disconnect(self, receiver, *, sender=None):
        """Takes back a connect of the same function for the same sender: was there one?"""
        for r in self._receivers:
            if r.sender is sender and r.get() == receiver:
                self._remove(r)
                return True
        return False

    async def send(self, sender=None, **kwargs):
        """Calls every receiver: a list of (receiver, what it gave or raised)."""
        results = await self._send(sender, kwargs)
        self._log(results)
        return results

    async def _send(self, sender, kwargs):
        results = []
        for fn in self._heard_by(sender):
            try:
                result = fn(sender=sender, **kwargs)
                if inspect.isawaitable(result):
                    result = await result
            except Exception as e:
                result = e
            results.append((fn, result))
        return results

    def _log(self, results, raised=None):
        for fn, e in results:
            if isinstance(e, Exception) and e is not raised:
                _log.error("%r: the receiver %s failed", self, getattr(fn, "__qualname__", fn), exc_info=e)

    def _heard_by(self, sender):
        for r in self._receivers:
            if not r.hears(sender) or r not in self._receivers:
                continue
            fn = r.get()
            if fn is None:
                self._remove(r)
            else:
                yield fn

    def _remove(self, receiver):
        self._replace(tuple(r for r in self._receivers if r is not receiver))

    def _replace(self, receivers):
        self._receivers = receivers


class _Named(Signal):
    """A signal of ryx's own. Lua sends it for the senders that somebody listens to."""

    def __init__(self, name):
        super().__init__(name)
        self._undo = {}  # sender, None: any -> what takes back that Lua tells of it

    def _replace(self, receivers):
        super()._replace(receivers)
        senders = {r.sender for r in receivers}
        wanted = {None} if None in senders else {s for s in senders if isinstance(s, str) or hasattr(s, "_lua")}
        for sender in wanted - self._undo.keys():
            self._undo[sender] = call(_listen, self.name, sender, hold(self._told))
        for sender in self._undo.keys() - wanted:
            call(self._undo.pop(sender))

    async def _told(self, sender, instance, kwargs):
        """Lua sends it: what is to happen does not when a receiver of a `pre_` signal fails."""
        if isinstance(sender, Ref):
            sender = _class_of(sender)
        if instance is not None:
            kwargs["instance"] = instance
        if "queryset" in kwargs:
            kwargs["queryset"] = QuerySet(sender, kwargs["queryset"])
        results = await self._send(sender, kwargs)
        errors = [e for _, e in results if isinstance(e, Exception)]
        raised = errors[0] if errors and self.name.startswith("pre_") else None
        self._log(results, raised)
        if raised is not None:
            try:
                raise raised
            finally:
                del results, errors, raised


def receiver(signal, *, sender=None, weak=True):
    """Connects the function that it decorates: `@receiver(post_save, sender=Post)`"""
    def connect(fn):
        signal.connect(fn, sender=sender, weak=weak)
        return fn

    return connect


pre_save, post_save = _Named("pre_save"), _Named("post_save")
pre_delete, post_delete = _Named("pre_delete"), _Named("post_delete")
pre_update, post_update = _Named("pre_update"), _Named("post_update")
pre_bulk_delete, post_bulk_delete = _Named("pre_bulk_delete"), _Named("post_bulk_delete")
m2m_changed = _Named("m2m_changed")
post_commit, post_rollback = _Named("post_commit"), _Named("post_rollback")
pre_migrate, post_migrate = _Named("pre_migrate"), _Named("post_migrate")

__all__ = [
    "Signal", "m2m_changed", "post_bulk_delete", "post_commit", "post_delete", "post_migrate", "post_rollback",
    "post_save", "post_update", "pre_bulk_delete", "pre_delete", "pre_migrate", "pre_save", "pre_update", "receiver",
]
