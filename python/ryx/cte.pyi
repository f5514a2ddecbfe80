# SPDX-License-Identifier: MIT
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .queryset import Manager, QuerySet

class CTE:
    name: str
    def __init__(
        self,
        name: str,
        queryset: QuerySet[Any] | Manager[Any],
        *,
        recursive: Callable[[CTE], QuerySet[Any]] | None = ...,
        depth: str | None = ...,
        max_depth: int | None = ...,
        path: str | None = ...,
        bulk_create: Sequence[Any] = ...,
        ignore_conflicts: bool = ...,
        update: Mapping[str, Any] = ...,
        update_all: Mapping[str, Any] = ...,
        delete: bool = ...,
        delete_all: bool = ...,
        returning: bool | Sequence[str] = ...,
    ) -> None: ...
    def rows(self) -> QuerySet[Any]: ...
