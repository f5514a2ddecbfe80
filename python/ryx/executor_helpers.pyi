# SPDX-License-Identifier: MIT
from collections.abc import Sequence
from typing import Any

async def raw_fetch(sql: str, params: Sequence[Any] | None = ..., alias: str | None = ...) -> list[dict[str, Any]]: ...
async def raw_execute(sql: str, params: Sequence[Any] | None = ..., alias: str | None = ...) -> int: ...

__all__ = ["raw_execute", "raw_fetch"]
