# SPDX-License-Identifier: MIT
from collections.abc import Iterable
from typing import Any, TypeVar

from .queryset import Manager, QuerySet

Row = TypeVar("Row")

async def apply_select_related(
    instances: Iterable[Row] | QuerySet[Row] | Manager[Row], fields: str | Iterable[str] = ...
) -> list[Row]: ...
async def apply_prefetch_related(
    instances: Iterable[Row] | QuerySet[Row] | Manager[Row], fields: str | Iterable[Any] = ...
) -> list[Row]: ...
