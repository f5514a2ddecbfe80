# SPDX-License-Identifier: MIT
"""What QuerySets write besides single rows: many objects, rows that may be there already."""
from . import runtime
from ._ryx import call, callback, function

_plain = function("plain_callback")


def given(**options):
    """Those that are said."""
    return {name: value for name, value in options.items() if value is not None}


def _called(value):
    """A default that is a function is called when it is needed."""
    return call(_plain, callback(value)) if callable(value) else value


def _defaults(values):
    return None if values is None else {name: _called(value) for name, value in dict(values).items()}


class Writes:
    """The methods of a QuerySet, which has `_lua` and `_model`."""

    def _checked(self, instances, what):
        instances = list(instances)
        for instance in instances:
            if not isinstance(instance, self._model):
                raise TypeError(f"{what} of {self._model.__name__}: {instance!r} is none")
            instance._settle_keys()
        return instances

    async def bulk_update(self, instances, fields, batch_size=None):
        """Writes these fields of saved objects, each its own values; how many rows there were."""
        instances, fields = self._checked(instances, "bulk_update"), list(fields)
        n, rows = await runtime.run("bulk_update", self._lua, instances, fields, given(batch_size=batch_size))
        for instance, (alias, values) in zip(instances, rows):
            instance._take(alias, values, instance._deferred())
        return n

    async def bulk_delete(self, instances=None, batch_size=None):
        """Deletes the rows of saved objects, or of a QuerySet; without them all rows, as delete()."""
        if instances is None or isinstance(instances, Writes):
            return await (self if instances is None else instances).delete()
        instances = self._checked(instances, "bulk_delete")
        n = await runtime.run("bulk_delete", self._lua, instances, given(batch_size=batch_size))
        for instance in instances:
            instance.pk = instance._alias = None
        return n

    async def get_or_create(self, defaults=None, **kwargs):
        """The object that is found, else a new one with the defaults too: (object, created)."""
        values = {**kwargs, **given(defaults=_defaults(defaults))}
        return tuple(await runtime.run("get_or_create", self._lua, values))

    async def update_or_create(self, defaults=None, create_defaults=None, **kwargs):
        """The same, and one that is found is changed to the defaults: (object, created)."""
        options = given(defaults=_defaults(defaults), create_defaults=_defaults(create_defaults))
        return tuple(await runtime.run("update_or_create", self._lua, {**kwargs, **options}))
