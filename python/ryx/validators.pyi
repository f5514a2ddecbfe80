# SPDX-License-Identifier: MIT
import re
from collections.abc import Callable, Iterable
from typing import Any

__all__ = [
    "ChoicesValidator", "EmailValidator", "FunctionValidator", "MaxLengthValidator", "MaxValueValidator",
    "MinLengthValidator", "MinValueValidator", "NotBlankValidator", "NotNullValidator", "RangeValidator",
    "RegexValidator", "URLValidator", "UniqueValueValidator", "Validator", "run_full_validation",
]

class Validator:
    message: str
    def __call__(self, value: Any) -> None: ...
    def validate(self, value: Any) -> None: ...

class FunctionValidator(Validator):
    def __init__(self, fn: Callable[[Any], object], message: str = ...) -> None: ...

class RegexValidator(Validator):
    def __init__(
        self, pattern: str | re.Pattern[str], message: str | None = ..., flags: int | re.RegexFlag = ...
    ) -> None: ...

class NotNullValidator(Validator): ...
class NotBlankValidator(Validator): ...

class MaxLengthValidator(Validator):
    max_length: int
    def __init__(self, max_length: int) -> None: ...

class MinLengthValidator(Validator):
    min_length: int
    def __init__(self, min_length: int) -> None: ...

class MinValueValidator(Validator):
    min_value: Any
    def __init__(self, min_value: Any) -> None: ...

class MaxValueValidator(Validator):
    max_value: Any
    def __init__(self, max_value: Any) -> None: ...

class RangeValidator(Validator):
    min_value: Any
    max_value: Any
    def __init__(self, min_value: Any, max_value: Any) -> None: ...

class EmailValidator(Validator): ...
class URLValidator(Validator): ...

class ChoicesValidator(Validator):
    choices: list[Any]
    def __init__(self, choices: Iterable[Any]) -> None: ...

class UniqueValueValidator(Validator): ...

async def run_full_validation(instance: Any) -> None: ...
