# SPDX-License-Identifier: MIT
from collections.abc import Iterator
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")

class Page(Generic[Row]):
    rows: list[Row]
    size: int
    has_next: bool
    has_previous: bool
    page: int | None
    total: int | None
    pages: int | None
    next: str | None
    previous: str | None
    def __init__(self, facts: dict[str, Any]) -> None: ...
    def __iter__(self) -> Iterator[Row]: ...
    def __len__(self) -> int: ...

async def page_of(queryset: Any, options: dict[str, Any]) -> Page[Any]: ...
