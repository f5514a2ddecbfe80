# SPDX-License-Identifier: MIT
"""Values both ways: parameters, columns, model fields."""
import asyncio
import datetime as dt
import decimal
import mmap
import uuid

import pytest

import ryx

D = decimal.Decimal
KEY = uuid.UUID("12345678-1234-5678-1234-567812345678")
MOMENT = dt.datetime(2024, 2, 29, 23, 59, 58, 123456)


async def echo(value, sql="SELECT ? AS v"):
    return (await ryx.raw_fetch(sql, [value]))[0]["v"]


@pytest.mark.parametrize("value", [None, 0, -7, 2**63 - 1, -(2**63), 1.5, "", "é 🙂", "a\0b"[:1]])
def test_plain_values_come_back(database, value):
    got = asyncio.run(echo(value))
    assert got == value


def test_bytes_come_back(database):
    # MySQL takes a parameter for text where nothing says what it is.
    sql = "SELECT CAST(? AS BINARY) AS v" if database.startswith("mysql:") else "SELECT ? AS v"

    async def main():
        assert await echo(b"\0\xff\x01") == b"\0\xff\x01"
        assert await echo(bytearray(b"xy"), sql) == b"xy"
        assert await echo(memoryview(b"xyz"), sql) == b"xyz"

    asyncio.run(main())


def test_bytes_beyond_4_gib_are_refused(database):
    # Memory that is never touched costs nothing.
    with mmap.mmap(-1, 2**32 + 5) as large, memoryview(large) as view:
        with pytest.raises(OverflowError, match="4 GiB"):
            asyncio.run(echo(view))


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, 10**30])
def test_integers_beyond_64_bits_are_refused(database, value):
    with pytest.raises(OverflowError, match="does not fit into 64 bits"):
        asyncio.run(echo(value))


MICRO = dt.timedelta(microseconds=1)
LONGEST, SHORTEST = (2**63 - 1) * MICRO, -(2**63) * MICRO


@pytest.mark.parametrize("value", [LONGEST, SHORTEST])
def test_the_longest_durations_come_back(Values, value):
    async def main():
        made = await Values.objects.create(span=value)
        assert (await Values.objects.get(pk=made.pk)).span == value

    asyncio.run(main())


@pytest.mark.parametrize("value", [LONGEST + MICRO, SHORTEST - MICRO, dt.timedelta.max, dt.timedelta.min])
def test_durations_beyond_64_bits_are_refused(database, value):
    with pytest.raises(OverflowError, match="does not fit into 64 bits of microseconds"):
        asyncio.run(echo(value))


@pytest.mark.parametrize("value", [object(), lambda: None, 1j])
def test_what_has_no_column_type_is_refused(database, value):
    with pytest.raises(TypeError, match="cannot use a value of type"):
        asyncio.run(echo(value))


def test_a_value_that_holds_itself_is_refused(database):
    nested = []
    nested.append(nested)
    with pytest.raises(RecursionError):
        asyncio.run(echo(nested))


FULL = {
    "flag": True, "whole": 2**62, "real": 0.1, "text": "é 🙂", "data": b"\0\xffx", "price": D("12.500"),
    "day": dt.date(2024, 2, 29), "hour": dt.time(23, 59, 58, 123456), "moment": MOMENT,
    "aware": MOMENT.replace(tzinfo=dt.timezone.utc), "span": dt.timedelta(days=-3, seconds=5, microseconds=7),
    "key": KEY, "doc": {"a": [1, 2.5, None, True, "x"], "empty": [], "deep": {"k": {}}},
    "words": ["é 🙂", None, "{a,b}"], "spans": [dt.timedelta(days=2, microseconds=1), None], "moments": [MOMENT],
}


@pytest.fixture
def Values(ns, database):
    async def make():
        await ryx.raw_execute(f"DROP TABLE IF EXISTS {ns.Values._meta.table_name}")
        await ryx.migrate([ns.Values])

    asyncio.run(make())
    return ns.Values


def same(got, want):
    for name, value in want.items():
        assert getattr(got, name) == value, name
        assert type(getattr(got, name)) is type(value), name


def test_every_field_type_comes_back_as_python_has_it(Values):
    async def main():
        made = await Values.objects.create(**FULL)
        same(made, FULL)
        read = await Values.objects.get(pk=made.pk)
        same(read, FULL)
        assert (await Values.objects.all())[0].doc == FULL["doc"]
        bulk = await Values.objects.bulk_create([Values(**FULL)])
        same(await Values.objects.get(pk=bulk[0].pk), FULL)
        await read.save()
        await read.refresh_from_db()
        same(read, FULL)

    asyncio.run(main())


def test_null_is_none(Values):
    async def main():
        made = await Values.objects.create()
        read = await Values.objects.get(pk=made.pk)
        assert {name: getattr(read, name) for name in FULL} == dict.fromkeys(FULL)
        assert await Values.objects.filter(whole=None).count() == 1
        read.whole = 5
        await read.save()
        assert await Values.objects.filter(whole=None).count() == 0
        read.whole = None
        await read.save()
        assert await Values.objects.filter(whole__isnull=True).count() == 1

    asyncio.run(main())


def test_aware_datetimes_become_utc_and_naive_ones_stay(Values):
    east = dt.timezone(dt.timedelta(hours=2))

    async def main():
        aware = MOMENT.replace(tzinfo=east)
        read = await Values.objects.get(pk=(await Values.objects.create(moment=aware, aware=aware)).pk)
        assert read.aware == aware and read.aware.tzinfo == dt.timezone.utc
        assert read.moment == MOMENT - dt.timedelta(hours=2) and read.moment.tzinfo is None
        assert await Values.objects.filter(moment=aware).count() == 1

    asyncio.run(main())


@pytest.mark.parametrize("name", ["whole", "price", "day", "moment", "span", "key", "text", "data"])
def test_fields_can_be_compared_with_pythons_values(Values, name):
    async def main():
        await Values.objects.create(**FULL)
        assert await Values.objects.filter(**{name: FULL[name]}).count() == 1
        assert await Values.objects.filter(**{f"{name}__in": [FULL[name]]}).count() == 1

    asyncio.run(main())


def test_validation_errors_name_their_fields(Values):
    async def main():
        with pytest.raises(ryx.ValidationError) as caught:
            await Values.objects.create(whole="no number", day="nonsense")
        assert set(caught.value.errors) == {"whole", "day"}

    asyncio.run(main())
