# SPDX-License-Identifier: MIT
"""The bare sqlite3 module: what values_list is measured by."""
import sqlite3


async def open(kind, place):
    global db
    db = sqlite3.connect(place)


async def values1000():
    return db.execute("SELECT id, author_id, title, views, rating FROM bench_posts ORDER BY id LIMIT 1000").fetchall()
