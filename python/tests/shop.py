# SPDX-License-Identifier: MIT
"""The models of shop.lua and their tables."""
import asyncio
import pathlib
import types

import ryx

TABLES = ("shop_orders", "shop_stocks", "shop_item_labels", "shop_items", "shop_labels", "shop_makers")


async def _make(ns):
    for table in TABLES:
        await ryx.raw_execute(f"DROP TABLE IF EXISTS {table}")
    await ryx.migrate([ns.Maker, ns.Label, ns.Item, ns.Stock, ns.Order])


def open_shop(url):
    """The classes, without their prefix, over empty tables."""
    ryx.setup(url)
    found = vars(ryx.load(pathlib.Path(__file__).parent / "shop.lua"))
    ns = types.SimpleNamespace(**{name.removeprefix("Shop"): cls for name, cls in found.items()})
    asyncio.run(_make(ns))
    return ns
