# SPDX-License-Identifier: MIT
"""Pages of a QuerySet: by number, or by cursor from where the last one ended."""
from . import runtime
from ._ryx import call, function

_shape, _info = function("page_shape"), function("page_info")


class Page:
    """`rows`, `size`, `has_next`, `has_previous`; by number also `page`, `total`, `pages`,
    by cursor `next` and `previous`, for paginate(after=) and (before=)."""

    page = total = pages = next = previous = None

    def __init__(self, facts):
        self.__dict__.update(facts)

    def __iter__(self):
        return iter(self.rows)

    def __len__(self):
        return len(self.rows)

    def __repr__(self):
        return f"<Page of {len(self.rows)} rows>"


def _taken(row, names):
    """The values of the order in a row, taken out of it."""
    values = row if isinstance(row, dict) else row.__dict__
    return [values.pop(name) for name in names]


async def page_of(queryset, options):
    found = await runtime.run("paginate", queryset, options)
    if isinstance(found, dict):
        return Page(found)
    found, rows = found
    shape = call(_shape, found)
    n_rows = len(rows)
    del rows[shape["size"]:]
    if shape["backwards"]:
        rows.reverse()
    names = [f"{shape['prefix']}{i}" for i in range(1, shape["n"] + 1)]
    keys = [_taken(row, names) for row in rows] or [None]
    return Page({"rows": rows, **call(_info, found, n_rows, keys[0], keys[-1])})
