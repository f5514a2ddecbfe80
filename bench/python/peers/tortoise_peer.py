# SPDX-License-Identifier: MIT
import asyncio

from tortoise import Tortoise, fields
from tortoise.models import Model

from data import ITEMS


class Author(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=100)

    class Meta:
        table = "bench_authors"


class Post(Model):
    id = fields.IntField(primary_key=True)
    author = fields.ForeignKeyField("bench.Author", related_name="posts")
    title = fields.CharField(max_length=200)
    views = fields.IntField()
    rating = fields.FloatField()
    created = fields.DatetimeField()

    class Meta:
        table = "bench_posts"


class Item(Model):
    id = fields.IntField(primary_key=True)
    name = fields.CharField(max_length=100)
    category = fields.CharField(max_length=50)
    price = fields.IntField()
    is_active = fields.IntField()

    class Meta:
        table = "bench_items"


async def open(kind, place):
    url = f"sqlite://{place}?journal_mode=WAL&synchronous=NORMAL&foreign_keys=ON" if kind == "sqlite" else (
        "asyncpg" + place[place.index(":"):] + "?minsize=1&maxsize=10")
    await Tortoise.init(db_url=url, modules={"bench": [__name__]}, use_tz=False)


async def get(n):
    for i in range(1, n + 1):
        await Post.get(id=i)


async def filter50():
    return await Post.filter(views__lt=500).order_by("-id").limit(50)


async def rows1000():
    return await Post.all().order_by("id").limit(1000)


async def values1000():
    return await Post.all().order_by("id").limit(1000).values_list("id", "author_id", "title", "views", "rating")


async def select_related():
    return await Post.all().select_related("author").order_by("id").limit(1000)


async def prefetch():
    authors = await Author.all().prefetch_related("posts").order_by("id")
    return sum([len(a.posts) for a in authors])


async def together(n):
    await asyncio.gather(*(Post.get(id=i) for i in range(1, n + 1)))


async def create(n):
    for values in ITEMS[:n]:
        await Item.create(**values)


# Its bulk_create sets no keys.
async def bulk_create_keyless():
    await Item.bulk_create([Item(**values) for values in ITEMS])


async def update():
    return await Item.filter(category="A").update(price=7)


async def clear():
    await Item.all().delete()
