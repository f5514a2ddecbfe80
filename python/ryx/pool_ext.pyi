# SPDX-License-Identifier: MIT
from collections.abc import Iterable
from typing import Any

async def fetch_with_params(sql: str, values: Iterable[Any], alias: str | None = ...) -> list[dict[str, Any]]: ...
async def execute_with_params(sql: str, values: Iterable[Any], alias: str | None = ...) -> int: ...

__all__ = ["execute_with_params", "fetch_with_params"]
