# SPDX-License-Identifier: MIT
import asyncio
import urllib.parse

import peewee
from playhouse import pwasyncio

from data import ITEMS

database = peewee.DatabaseProxy()


class Base(pwasyncio.AsyncModel):
    class Meta:
        database = database


class Author(Base):
    name = peewee.CharField(max_length=100)

    class Meta:
        table_name = "bench_authors"


class Post(Base):
    author = peewee.ForeignKeyField(Author, backref="posts")
    title = peewee.CharField(max_length=200)
    views = peewee.IntegerField()
    rating = peewee.DoubleField()
    created = peewee.DateTimeField()

    class Meta:
        table_name = "bench_posts"


class Item(Base):
    name = peewee.CharField(max_length=100)
    category = peewee.CharField(max_length=50)
    price = peewee.IntegerField()
    is_active = peewee.IntegerField()

    class Meta:
        table_name = "bench_items"


async def open(kind, place):
    global db
    if kind == "sqlite":
        db = pwasyncio.AsyncSqliteDatabase(place, pragmas={"journal_mode": "wal", "synchronous": "normal", "foreign_keys": 1})
    else:
        url = urllib.parse.urlparse(place)
        db = pwasyncio.AsyncPostgresqlDatabase(url.path[1:], user=url.username, host=url.hostname, port=url.port, pool_size=10)
    database.initialize(db)
    await db.aconnect()


async def get(n):
    for i in range(1, n + 1):
        await Post.aget(Post.id == i)


async def filter50():
    return await db.list(Post.select().where(Post.views < 500).order_by(Post.id.desc()).limit(50))


async def rows1000():
    return await db.list(Post.select().order_by(Post.id).limit(1000))


async def values1000():
    query = Post.select(Post.id, Post.author_id, Post.title, Post.views, Post.rating).order_by(Post.id).limit(1000)
    return await db.list(query.tuples())


async def select_related():
    return await db.list(Post.select(Post, Author).join(Author).order_by(Post.id).limit(1000))


async def prefetch():
    authors = await db.aprefetch(Author.select().order_by(Author.id), Post.select())
    return sum([len(a.posts) for a in authors])


async def _one(i):
    async with db:
        return await Post.aget(Post.id == i)


async def together(n):
    await asyncio.gather(*(_one(i) for i in range(1, n + 1)))


async def create(n):
    for values in ITEMS[:n]:
        await Item.acreate(**values)


# Its bulk_create sets keys on PostgreSQL only.
async def bulk_create_keyless():
    items = [Item(**values) for values in ITEMS]
    async with db.atomic():
        await Item.abulk_create(items, batch_size=500)


async def update():
    return await db.aexecute(Item.update(price=7).where(Item.category == "A"))


async def clear():
    await db.aexecute(Item.delete())
