# SPDX-License-Identifier: MIT
import datetime as dt
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any, ClassVar, Generic, Literal, overload
from uuid import UUID

from typing_extensions import Self, TypedDict, TypeVar, Unpack

from .models import Model

__all__ = [
    "ArrayField", "AutoField", "BigAutoField", "BigIntField", "BinaryField", "BooleanField", "CharField", "DateField",
    "DateTimeField", "DecimalField", "DurationField", "EmailField", "Field", "FloatField", "ForeignKey",
    "GeneratedField", "GenericIPAddressField", "IPAddressField", "IntField", "JSONField", "ManyToManyField",
    "NullBooleanField", "OneToOneField", "PositiveBigIntField", "PositiveIntField", "PositiveSmallIntField", "SlugField",
    "SmallAutoField", "SmallIntField", "TextField", "TimeField", "URLField", "UUIDField",
]

_T = TypeVar("_T", default=Any)
_M = TypeVar("_M", default=Any)
_R = TypeVar("_R")
_Validator = Callable[[Any], object]

class _Options(TypedDict, total=False):
    blank: bool
    default: Any
    primary_key: bool
    unique: bool
    db_index: bool
    choices: Iterable[Any] | None
    validators: Iterable[_Validator] | None
    editable: bool
    help_text: str
    verbose_name: str
    db_column: str | None
    unique_for_date: str | None
    unique_for_month: str | None
    unique_for_year: str | None
    db_default: Any
    db_comment: str | None
    was: str | None

class Field(Generic[_T]):
    SUPPORTED_LOOKUPS: ClassVar[list[str]]
    SUPPORTED_TRANSFORMS: ClassVar[list[str]]
    null: bool
    blank: bool
    default: Any
    primary_key: bool
    unique: bool
    db_index: bool
    choices: list[Any] | None
    editable: bool
    help_text: str
    verbose_name: str
    db_column: str | None
    unique_for_date: str | None
    unique_for_month: str | None
    unique_for_year: str | None
    max_length: int | None
    name: str | None
    attname: str | None
    column: str | None
    model: type[Model] | None
    def __init__(self, *, null: bool = ..., max_length: int | None = ..., **options: Unpack[_Options]) -> None: ...
    @overload
    def __get__(self, instance: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, instance: object, owner: type[Any]) -> _T: ...
    def __set__(self, instance: object, value: Any) -> None: ...
    def contribute_to_class(self, model: type[Any], name: str) -> None: ...
    def db_type(self) -> str | None: ...
    def to_python(self, value: Any) -> Any: ...
    def to_db(self, value: Any) -> Any: ...
    def has_default(self) -> bool: ...
    def get_default(self) -> Any: ...
    def validate(self, value: Any) -> None: ...
    def clean(self, value: Any) -> Any: ...
    @property
    def validators(self) -> list[_Validator]: ...
    def deconstruct(self) -> dict[str, Any]: ...

class IntField(Field[_T]):
    @overload
    def __init__(
        self: IntField[int], *, null: Literal[False] = ...,
        min_value: int | None = ..., max_value: int | None = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: IntField[int | None], *, null: Literal[True],
        min_value: int | None = ..., max_value: int | None = ..., **options: Unpack[_Options],
    ) -> None: ...

class SmallIntField(IntField[_T]):
    @overload
    def __init__(
        self: SmallIntField[int], *, null: Literal[False] = ...,
        min_value: int | None = ..., max_value: int | None = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: SmallIntField[int | None], *, null: Literal[True],
        min_value: int | None = ..., max_value: int | None = ..., **options: Unpack[_Options],
    ) -> None: ...

class BigIntField(IntField[_T]):
    @overload
    def __init__(
        self: BigIntField[int], *, null: Literal[False] = ...,
        min_value: int | None = ..., max_value: int | None = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: BigIntField[int | None], *, null: Literal[True],
        min_value: int | None = ..., max_value: int | None = ..., **options: Unpack[_Options],
    ) -> None: ...

class PositiveIntField(IntField[_T]):
    @overload
    def __init__(
        self: PositiveIntField[int], *, null: Literal[False] = ...,
        min_value: int | None = ..., max_value: int | None = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: PositiveIntField[int | None], *, null: Literal[True],
        min_value: int | None = ..., max_value: int | None = ..., **options: Unpack[_Options],
    ) -> None: ...

class PositiveSmallIntField(IntField[_T]):
    @overload
    def __init__(
        self: PositiveSmallIntField[int], *, null: Literal[False] = ...,
        min_value: int | None = ..., max_value: int | None = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: PositiveSmallIntField[int | None], *, null: Literal[True],
        min_value: int | None = ..., max_value: int | None = ..., **options: Unpack[_Options],
    ) -> None: ...

class PositiveBigIntField(IntField[_T]):
    @overload
    def __init__(
        self: PositiveBigIntField[int], *, null: Literal[False] = ...,
        min_value: int | None = ..., max_value: int | None = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: PositiveBigIntField[int | None], *, null: Literal[True],
        min_value: int | None = ..., max_value: int | None = ..., **options: Unpack[_Options],
    ) -> None: ...

class AutoField(Field[int | None]):
    def __init__(self, **options: Unpack[_Options]) -> None: ...

class BigAutoField(AutoField): ...
class SmallAutoField(AutoField): ...

class FloatField(Field[_T]):
    @overload
    def __init__(
        self: FloatField[float], *, null: Literal[False] = ...,
        min_value: float | None = ..., max_value: float | None = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: FloatField[float | None], *, null: Literal[True],
        min_value: float | None = ..., max_value: float | None = ..., **options: Unpack[_Options],
    ) -> None: ...

class DecimalField(Field[_T]):
    @overload
    def __init__(
        self: DecimalField[Decimal], *, null: Literal[False] = ..., max_digits: int = ...,
        decimal_places: int = ..., min_value: Decimal | float | str | None = ...,
        max_value: Decimal | float | str | None = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: DecimalField[Decimal | None], *, null: Literal[True], max_digits: int = ...,
        decimal_places: int = ..., min_value: Decimal | float | str | None = ...,
        max_value: Decimal | float | str | None = ..., **options: Unpack[_Options],
    ) -> None: ...

class BooleanField(Field[_T]):
    @overload
    def __init__(self: BooleanField[bool], *, null: Literal[False] = ..., **options: Unpack[_Options]) -> None: ...
    @overload
    def __init__(self: BooleanField[bool | None], *, null: Literal[True], **options: Unpack[_Options]) -> None: ...

class NullBooleanField(Field[bool | None]):
    def __init__(self, *, null: bool = ..., **options: Unpack[_Options]) -> None: ...

class CharField(Field[_T]):
    @overload
    def __init__(
        self: CharField[str], *, null: Literal[False] = ..., max_length: int = ...,
        min_length: int | None = ..., strip: bool = ..., collation: str | None = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: CharField[str | None], *, null: Literal[True], max_length: int = ...,
        min_length: int | None = ..., strip: bool = ..., collation: str | None = ..., **options: Unpack[_Options],
    ) -> None: ...

class SlugField(CharField[_T]):
    @overload
    def __init__(
        self: SlugField[str], *, null: Literal[False] = ..., max_length: int = ...,
        min_length: int | None = ..., strip: bool = ..., collation: str | None = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: SlugField[str | None], *, null: Literal[True], max_length: int = ...,
        min_length: int | None = ..., strip: bool = ..., collation: str | None = ..., **options: Unpack[_Options],
    ) -> None: ...

class EmailField(CharField[_T]):
    @overload
    def __init__(
        self: EmailField[str], *, null: Literal[False] = ..., max_length: int = ...,
        min_length: int | None = ..., strip: bool = ..., collation: str | None = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: EmailField[str | None], *, null: Literal[True], max_length: int = ...,
        min_length: int | None = ..., strip: bool = ..., collation: str | None = ..., **options: Unpack[_Options],
    ) -> None: ...

class URLField(CharField[_T]):
    @overload
    def __init__(
        self: URLField[str], *, null: Literal[False] = ..., max_length: int = ...,
        min_length: int | None = ..., strip: bool = ..., collation: str | None = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: URLField[str | None], *, null: Literal[True], max_length: int = ...,
        min_length: int | None = ..., strip: bool = ..., collation: str | None = ..., **options: Unpack[_Options],
    ) -> None: ...

class IPAddressField(Field[_T]):
    @overload
    def __init__(self: IPAddressField[str], *, null: Literal[False] = ..., **options: Unpack[_Options]) -> None: ...
    @overload
    def __init__(self: IPAddressField[str | None], *, null: Literal[True], **options: Unpack[_Options]) -> None: ...

class GenericIPAddressField(Field[_T]):
    @overload
    def __init__(
        self: GenericIPAddressField[str], *, null: Literal[False] = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: GenericIPAddressField[str | None], *, null: Literal[True], **options: Unpack[_Options],
    ) -> None: ...

class TextField(Field[_T]):
    @overload
    def __init__(
        self: TextField[str], *, null: Literal[False] = ...,
        max_length: int | None = ..., min_length: int | None = ..., collation: str | None = ...,
        **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: TextField[str | None], *, null: Literal[True],
        max_length: int | None = ..., min_length: int | None = ..., collation: str | None = ...,
        **options: Unpack[_Options],
    ) -> None: ...

class BinaryField(Field[_T]):
    @overload
    def __init__(
        self: BinaryField[bytes], *,
        null: Literal[False] = ..., max_length: int | None = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: BinaryField[bytes | None], *,
        null: Literal[True], max_length: int | None = ..., **options: Unpack[_Options],
    ) -> None: ...

class DateField(Field[_T]):
    @overload
    def __init__(
        self: DateField[dt.date], *, null: Literal[False] = ...,
        auto_now: bool = ..., auto_now_add: bool = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: DateField[dt.date | None], *, null: Literal[True],
        auto_now: bool = ..., auto_now_add: bool = ..., **options: Unpack[_Options],
    ) -> None: ...

class DateTimeField(Field[_T]):
    @overload
    def __init__(
        self: DateTimeField[dt.datetime], *, null: Literal[False] = ...,
        auto_now: bool = ..., auto_now_add: bool = ..., tz: bool = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: DateTimeField[dt.datetime | None], *, null: Literal[True],
        auto_now: bool = ..., auto_now_add: bool = ..., tz: bool = ..., **options: Unpack[_Options],
    ) -> None: ...

class TimeField(Field[_T]):
    @overload
    def __init__(self: TimeField[dt.time], *, null: Literal[False] = ..., **options: Unpack[_Options]) -> None: ...
    @overload
    def __init__(self: TimeField[dt.time | None], *, null: Literal[True], **options: Unpack[_Options]) -> None: ...

class DurationField(Field[_T]):
    @overload
    def __init__(
        self: DurationField[dt.timedelta], *, null: Literal[False] = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: DurationField[dt.timedelta | None], *, null: Literal[True], **options: Unpack[_Options],
    ) -> None: ...

class UUIDField(Field[_T]):
    @overload
    def __init__(
        self: UUIDField[UUID], *, null: Literal[False] = ..., auto_create: bool = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: UUIDField[UUID | None], *, null: Literal[True], auto_create: bool = ..., **options: Unpack[_Options],
    ) -> None: ...

class JSONField(Field[Any]):
    def __init__(self, *, null: bool = ..., **options: Unpack[_Options]) -> None: ...

class ArrayField(Field[_T]):
    @overload
    def __init__(
        self: ArrayField[list[Any]], base_field: Field[Any], *,
        null: Literal[False] = ..., size: int | None = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: ArrayField[list[Any] | None], base_field: Field[Any], *,
        null: Literal[True], size: int | None = ..., **options: Unpack[_Options],
    ) -> None: ...

class ForeignKey(Field[_M]):
    @overload
    def __init__(
        self: ForeignKey[_R], to: type[_R], *, null: Literal[False] = ..., on_delete: str = ...,
        related_name: str | None = ...,
        db_constraint: bool = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: ForeignKey[_R | None], to: type[_R], *, null: Literal[True], on_delete: str = ...,
        related_name: str | None = ...,
        db_constraint: bool = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: ForeignKey[Any], to: str, *, null: Literal[False] = ..., on_delete: str = ...,
        related_name: str | None = ...,
        db_constraint: bool = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: ForeignKey[Any], to: str, *, null: Literal[True], on_delete: str = ..., related_name: str | None = ...,
        db_constraint: bool = ..., **options: Unpack[_Options],
    ) -> None: ...
    to: type[Any] | str
    on_delete: str
    related_name: str | None

class OneToOneField(ForeignKey[_M]):
    @overload
    def __init__(
        self: OneToOneField[_R], to: type[_R], *, null: Literal[False] = ..., on_delete: str = ...,
        related_name: str | None = ...,
        db_constraint: bool = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: OneToOneField[_R | None], to: type[_R], *, null: Literal[True], on_delete: str = ...,
        related_name: str | None = ...,
        db_constraint: bool = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: OneToOneField[Any], to: str, *, null: Literal[False] = ..., on_delete: str = ...,
        related_name: str | None = ...,
        db_constraint: bool = ..., **options: Unpack[_Options],
    ) -> None: ...
    @overload
    def __init__(
        self: OneToOneField[Any], to: str, *, null: Literal[True], on_delete: str = ..., related_name: str | None = ...,
        db_constraint: bool = ..., **options: Unpack[_Options],
    ) -> None: ...
    to: type[Any] | str
    on_delete: str
    related_name: str | None

class GeneratedField(Field[_T]):
    def __init__(
        self, *, expression: Any, output_field: Field[_T], db_persist: bool, unique: bool = ..., db_index: bool = ...,
        db_column: str | None = ..., db_comment: str | None = ..., help_text: str = ..., verbose_name: str = ...,
        was: str | None = ...,
    ) -> None: ...

class ManyToManyField(Field[Any]):
    def __init__(
        self, to: type[Any] | str, *, through: type[Any] | str | None = ..., related_name: str | None = ...,
        through_fields: Iterable[str] | None = ..., db_table: str | None = ..., db_constraint: bool = ...,
        symmetrical: bool | None = ..., blank: bool = ..., editable: bool = ..., help_text: str = ...,
        verbose_name: str = ..., was: str | None = ...,
    ) -> None: ...
