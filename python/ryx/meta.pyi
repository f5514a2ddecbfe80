# SPDX-License-Identifier: MIT
from collections.abc import Iterable, Sequence
from typing import Any

from .expressions import Expression
from .fields import Field, ManyToManyField
from .q import Q

class Index:
    fields: list[str]
    name: str | None
    unique: bool
    def __init__(
        self, *, fields: Iterable[str] = ..., name: str | None = ..., unique: bool = ...,
        expressions: Sequence[Expression] = ..., condition: Q | None = ..., include: Sequence[str] = ...,
        method: str | None = ..., concurrently: bool = ...,
    ) -> None: ...

class Constraint:
    check: Q | str
    name: str
    def __init__(self, *, check: Q | str, name: str) -> None: ...

class Options:
    model_name: str
    table_name: str
    app_label: str
    database: str | None
    abstract: bool
    managed: bool
    ordering: list[str]
    unique_together: list[tuple[str, ...]]
    index_together: list[tuple[str, ...]]
    indexes: list[Index]
    constraints: list[Constraint]
    fields: dict[str, Field[Any]]
    many_to_many: dict[str, ManyToManyField]
    pk_field: Field[Any] | None
    def __init__(self, meta: type[Any] | None = ..., model_name: str = ...) -> None: ...
    def add_field(self, field: Field[Any]) -> None: ...
    @property
    def field_names(self) -> list[str]: ...
    @property
    def column_names(self) -> list[str]: ...
    def get_field(self, name: str) -> Field[Any]: ...

def to_table_name(model_name: str) -> str: ...
