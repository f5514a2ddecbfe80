# SPDX-License-Identifier: MIT
import asyncio
import gc
import os
import pathlib
import sys

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


def growth(work, *more):
    """How many objects, blocks (and more) 600 rounds of work leave behind, once
    their loop is gone."""

    async def run(rounds):
        for _ in range(rounds):
            await work()

    def measured(rounds):
        asyncio.run(run(rounds))
        gc.collect()
        return [len(gc.get_objects()), sys.getallocatedblocks(), *(sys.getrefcount(o) for o in more)]

    measured(30)
    before = measured(30)
    return [b - a for a, b in zip(before, measured(600))]


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
