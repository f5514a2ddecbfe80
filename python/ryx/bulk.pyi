# SPDX-License-Identifier: MIT
from collections.abc import AsyncIterator, Iterable
from typing import Any, TypeVar, overload

from .models import Model
from .queryset import Manager, QuerySet

M = TypeVar("M", bound=Model)
Row = TypeVar("Row")

@overload
async def bulk_create(
    model: type[M], instances: Iterable[M], *, batch_size: int = ..., validate: bool = ..., ignore_conflicts: bool = ...,
    using: str | None = ..., **options: Any,
) -> list[M]: ...
@overload
async def bulk_create(
    model: Iterable[M], *, batch_size: int = ..., validate: bool = ..., ignore_conflicts: bool = ...,
    using: str | None = ..., **options: Any,
) -> list[M]: ...
@overload
async def bulk_update(
    model: type[M], instances: Iterable[M], fields: Iterable[str], *, batch_size: int = ..., using: str | None = ...
) -> int: ...
@overload
async def bulk_update(
    model: Iterable[Model], instances: Iterable[str], *, batch_size: int = ..., using: str | None = ...
) -> int: ...
@overload
async def bulk_update(
    model: Iterable[Model], *, fields: Iterable[str], batch_size: int = ..., using: str | None = ...
) -> int: ...
@overload
async def bulk_delete(
    model: type[M], instances: Iterable[M] | QuerySet[M] | Manager[M], *, batch_size: int = ..., using: str | None = ...
) -> int: ...
@overload
async def bulk_delete(
    model: Iterable[Model] | QuerySet[Any] | Manager[Any], *, batch_size: int = ..., using: str | None = ...
) -> int: ...
@overload
def stream(
    queryset: QuerySet[Row] | Manager[Row], *, chunk_size: int = ..., page_size: None = ..., keyset: str | None = ...,
) -> AsyncIterator[Row]: ...
@overload
def stream(
    queryset: QuerySet[Row] | Manager[Row], *, chunk_size: int = ..., page_size: int, keyset: str | None = ...,
) -> AsyncIterator[list[Row]]: ...

__all__ = ["bulk_create", "bulk_delete", "bulk_update", "stream"]
