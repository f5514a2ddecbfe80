# SPDX-License-Identifier: MIT
import asyncio
import urllib.parse

from piccolo.columns import DoublePrecision, ForeignKey, Integer, Serial, Timestamp, Varchar
from piccolo.engine.sqlite import SQLiteEngine
from piccolo.table import Table

from data import ITEMS


class Author(Table, tablename="bench_authors"):
    id = Serial(primary_key=True)
    name = Varchar(length=100)


class Post(Table, tablename="bench_posts"):
    id = Serial(primary_key=True)
    author_id = ForeignKey(Author)
    title = Varchar(length=200)
    views = Integer()
    rating = DoublePrecision()
    created = Timestamp(default=None)


class Item(Table, tablename="bench_items"):
    id = Serial(primary_key=True)
    name = Varchar(length=100)
    category = Varchar(length=50)
    price = Integer()
    is_active = Integer()


async def open(kind, place):
    if kind == "sqlite":
        engine = SQLiteEngine(path=place)
    else:
        from piccolo.engine.postgres import PostgresEngine

        url = urllib.parse.urlparse(place)
        engine = PostgresEngine(config={
            "database": url.path[1:], "user": url.username, "host": url.hostname, "port": url.port})
        await engine.start_connection_pool(max_size=10)
    for table in (Author, Post, Item):
        table._meta.db = engine


async def _one(i):
    return await Post.objects().where(Post.id == i).first()


async def get(n):
    for i in range(1, n + 1):
        await _one(i)


async def filter50():
    return await Post.objects().where(Post.views < 500).order_by(Post.id, ascending=False).limit(50)


async def rows1000():
    return await Post.objects().order_by(Post.id).limit(1000)


async def values1000():
    columns = (Post.id, Post.author_id, Post.title, Post.views, Post.rating)
    return await Post.select(*columns).order_by(Post.id).limit(1000)


async def select_related():
    return await Post.objects(Post.author_id).order_by(Post.id).limit(1000)


async def together(n):
    await asyncio.gather(*(_one(i) for i in range(1, n + 1)))


async def bulk_create():
    items = [Item(**values) for values in ITEMS]
    await Item.insert(*items)
    return items[-1].id


async def create(n):
    for values in ITEMS[:n]:
        await Item.objects().create(**values)


async def update():
    await Item.update({Item.price: 7}).where(Item.category == "A")


async def clear():
    await Item.delete(force=True)
