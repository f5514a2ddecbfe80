# SPDX-License-Identifier: MIT
from collections.abc import Callable
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
    ) -> None: ...
    def rows(self) -> QuerySet[Any]: ...
