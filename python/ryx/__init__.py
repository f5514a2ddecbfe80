# SPDX-License-Identifier: MIT
"""ryx: an ORM whose models and queries are Lua's, run by a C core on libuv."""
import sys

from . import _ryx, runtime
from .exceptions import (
    CancelledError, CheckViolation, CommitUnknown, ConnectionError, DatabaseError, DeadlockError, DoesNotExist,
    FieldError, ForeignKeyViolation, IntegrityError, MisuseError, MultipleObjectsReturned, NotNullViolation,
    OperationalError, PoolNotInitialized, ProtectedError, RyxError, SQLSyntaxError, SerializationError, TimeoutError,
    TransactionBroken, UniqueViolation, UnsupportedError, ValidationError,
)
from . import bridges, bulk, cache, cache as cache_module, executor_helpers, expressions, fields, functions
from . import lookups, pool_ext, pools, router, ryx_core, signals, validators
from .advisory_lock import advisory_lock
from .bridges import *  # noqa: F403
from .bulk import *  # noqa: F403
from .cache import *  # noqa: F403
from .cte import CTE
from .executor_helpers import *  # noqa: F403
from .expressions import *  # noqa: F403
from .fields import *  # noqa: F403
from .functions import *  # noqa: F403
from .lookups import *  # noqa: F403
from .models import Constraint, Index, Model, load, migrate
from .page import Page
from .pools import *  # noqa: F403
from .q import Q
from .queryset import Manager, QuerySet
from .related import Prefetch
from .relations import apply_prefetch_related, apply_select_related
from .router import *  # noqa: F403
from .signals import *  # noqa: F403
from .transaction import get_active_transaction, transaction
from .validators import *  # noqa: F403

__version__ = _ryx.version

sys.modules.setdefault("ryx_core", ryx_core)

__all__ = [
    *bridges.__all__, *bulk.__all__, *cache.__all__, *executor_helpers.__all__, *expressions.__all__, *fields.__all__,
    *functions.__all__, *lookups.__all__, *pools.__all__, *router.__all__, *signals.__all__, *validators.__all__,
    "CTE", "CancelledError", "CheckViolation", "CommitUnknown", "ConnectionError", "Constraint", "DatabaseError",
    "DeadlockError", "DoesNotExist", "FieldError", "ForeignKeyViolation", "Index", "IntegrityError", "Manager",
    "MisuseError", "Model", "MultipleObjectsReturned", "NotNullViolation", "OperationalError", "Page",
    "PoolNotInitialized", "Prefetch", "ProtectedError", "Q", "QuerySet", "RyxError", "SQLSyntaxError",
    "SerializationError", "TimeoutError", "TransactionBroken", "UniqueViolation", "UnsupportedError",
    "ValidationError", "advisory_lock", "apply_prefetch_related", "apply_select_related", "cache_module",
    "get_active_transaction", "load", "migrate", "pool_ext", "transaction",
]
