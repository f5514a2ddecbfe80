# SPDX-License-Identifier: MIT
from collections.abc import Callable
from typing import Any, TypeVar

Receiver = TypeVar("Receiver", bound=Callable[..., Any])

class Signal:
    name: str
    def __init__(self, name: str) -> None: ...
    def connect(self, receiver: Callable[..., Any], *, sender: Any = ..., weak: bool = ...) -> None: ...
    def disconnect(self, receiver: Callable[..., Any], *, sender: Any = ...) -> bool: ...
    async def send(self, sender: Any = ..., **kwargs: Any) -> list[tuple[Callable[..., Any], Any]]: ...

def receiver(signal: Signal, *, sender: Any = ..., weak: bool = ...) -> Callable[[Receiver], Receiver]: ...

pre_save: Signal
post_save: Signal
pre_delete: Signal
post_delete: Signal
pre_update: Signal
post_update: Signal
pre_bulk_delete: Signal
post_bulk_delete: Signal
m2m_changed: Signal
post_commit: Signal
post_rollback: Signal
pre_migrate: Signal
post_migrate: Signal

__all__ = [
    "Signal", "m2m_changed", "post_bulk_delete", "post_commit", "post_delete", "post_migrate", "post_rollback",
    "post_save", "post_update", "pre_bulk_delete", "pre_delete", "pre_migrate", "pre_save", "pre_update", "receiver",
]
