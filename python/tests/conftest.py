# SPDX-License-Identifier: MIT
import asyncio
import datetime
import decimal
import gc
import os
import pathlib
import sys
import uuid

import pytest

import ryx

HERE = pathlib.Path(__file__).parent


@pytest.fixture(scope="session")
def url(tmp_path_factory):
    return os.environ.get("RYX_TEST_URL") or f"sqlite:{tmp_path_factory.mktemp('ryx')}/test.db"


@pytest.fixture(scope="session")
def ns():
    return ryx.load(HERE / "models.lua")


@pytest.fixture
def database(url):
    ryx.setup(url)
    return url


WRITERS = [("Ann", 1950, None), ("Bob", 1960, "Ann"), ("Cid", None, "Bob"), ("Dan", 1990, None)]
KEY = uuid.UUID("12345678-1234-5678-1234-567812345678")
BOOKS = [
    ("Alpha", "Ann", 100, "10.00", datetime.date(2020, 1, 1), KEY, {"kind": "a", "n": 1}),
    ("Beta", "Ann", 200, None, datetime.date(2020, 6, 1), None, {"kind": "b", "n": 2, "tags": ["x", "y"]}),
    ("Gamma", "Bob", 300, "30.50", datetime.date(2021, 3, 4), None, None),
    ("Delta", "Bob", None, "7.25", datetime.date(2021, 3, 5), None, {"kind": "a"}),
    ("Epsilon", "Cid", 50, "1.00", datetime.date(2022, 12, 31), None, None),
]


async def _fill(ns):
    for table in ("py_books", "py_desks", "py_writers"):
        await ryx.raw_execute(f"DROP TABLE IF EXISTS {table}")
    await ryx.migrate([ns.PyWriter, ns.PyDesk, ns.PyBook])
    writers = {}
    for name, born, mentor in WRITERS:
        writers[name] = await ns.PyWriter.objects.create(name=name, born=born, mentor=writers.get(mentor))
    await ns.PyDesk.objects.create(label="oak", writer=writers["Ann"])
    for title, writer, pages, price, day, key, meta in BOOKS:
        await ns.PyBook.objects.create(
            title=title, writer=writers[writer], pages=pages, price=price and decimal.Decimal(price), day=day, key=key,
            meta=meta)


@pytest.fixture(scope="module")
def library(ns, url):
    ryx.setup(url)
    asyncio.run(_fill(ns))
    return ns


@pytest.fixture
def Book(library):
    return library.PyBook


@pytest.fixture
def Writer(library):
    return library.PyWriter


def growth(work, *more):
    """How many objects, blocks (and more) 600 rounds of work leave behind, once caches are warm and
    their loop is gone."""

    async def run(rounds):
        for _ in range(rounds):
            await work()

    def measured(rounds):
        asyncio.run(run(rounds))
        # What Lua has not collected yet holds objects of Python's.
        ryx.load(HERE / "collect.lua")
        gc.collect()
        return [len(gc.get_objects()), sys.getallocatedblocks(), *(sys.getrefcount(o) for o in more)]

    measured(300)
    before = measured(300)
    return [b - a for a, b in zip(before, measured(900))]


def left_open():
    """What the engine of this loop or thread has not given back."""
    return {k: n for k, n in ryx.runtime.call("left_open").items() if n}


async def all_given_back():
    """Waits for what was cancelled: its connection is used until the server has heard of it."""
    for _ in range(500):
        if not left_open():
            break
        await asyncio.sleep(0.01)
    assert left_open() == {}


def run(awaitable):
    async def main():
        return await awaitable

    return asyncio.run(main())


def titles(queryset):
    return run(queryset.values_list("title", flat=True))
