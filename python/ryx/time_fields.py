# SPDX-License-Identifier: MIT
"""Fields of days, moments, times and durations."""
import datetime

from .converted import ORDERED, Converted

_DAY = ["date", "year", "month", "day", "week", "dow", "quarter", "iso_week", "iso_dow"]
_MOMENT = ["date", "year", "month", "day", "hour", "minute", "second", "week", "dow", "quarter", "time", "iso_week",
           "iso_dow"]


class _Stamped(Converted):
    options = {"auto_now": False, "auto_now_add": False}

    def __init__(self, **options):
        super().__init__(**options)
        if self.auto_now or self.auto_now_add:
            self.editable = False

    def to_db(self, value):
        return None if value is None else value.isoformat()


class DateField(_Stamped):
    kind, sql = "DateField", "DATE"
    python_type, message = datetime.date, "Enter a valid date: YYYY-MM-DD."
    SUPPORTED_LOOKUPS, SUPPORTED_TRANSFORMS = ORDERED, _DAY

    def _read(self, value):
        if isinstance(value, datetime.datetime):
            return value.date()
        if isinstance(value, datetime.date):
            return value
        return datetime.date.fromisoformat(value)


def _moment(value):
    if isinstance(value, datetime.datetime):
        return value
    if isinstance(value, datetime.date):
        return datetime.datetime(value.year, value.month, value.day)
    # Python 3.10 does not know the Z.
    return datetime.datetime.fromisoformat(value[:-1] + "+00:00" if value[-1:] in ("Z", "z") else value)


class DateTimeField(_Stamped):
    kind, sql = "DateTimeField", "TIMESTAMP"
    options = {"auto_now": False, "auto_now_add": False, "tz": False}
    python_type, message = datetime.datetime, "Enter a valid date and time: YYYY-MM-DD HH:MM[:SS[.ffffff]]."
    SUPPORTED_LOOKUPS, SUPPORTED_TRANSFORMS = ORDERED, _MOMENT

    def _read(self, value):
        return _moment(value)

    def to_db(self, value):
        """In UTC, as the database has it."""
        if value is not None and value.tzinfo is not None:
            value = value.astimezone(datetime.timezone.utc).replace(tzinfo=None)
        return None if value is None else value.strftime("%Y-%m-%dT%H:%M:%S.%f")


class TimeField(Converted):
    kind, sql = "TimeField", "TIME"
    python_type, message = datetime.time, "Enter a valid time: HH:MM[:SS[.ffffff]]."
    SUPPORTED_LOOKUPS = ORDERED

    def _read(self, value):
        return value if isinstance(value, datetime.time) else datetime.time.fromisoformat(value)

    def to_db(self, value):
        return None if value is None else value.isoformat()


_MICROSECOND = datetime.timedelta(microseconds=1)


class DurationField(Converted):
    kind, sql = "DurationField", "BIGINT"
    python_type, message = datetime.timedelta, "Enter a duration."
    SUPPORTED_LOOKUPS = ORDERED

    def _read(self, value):
        """A number is microseconds, as columns hold them."""
        if isinstance(value, datetime.timedelta):
            return value
        return datetime.timedelta(microseconds=int(value))

    def to_db(self, value):
        return None if value is None else value // _MICROSECOND
