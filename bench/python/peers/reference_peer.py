# SPDX-License-Identifier: MIT
import asyncio

import ryx
from ryx import CharField, DateTimeField, FloatField, ForeignKey, IntField, Model

from data import ITEMS


class Author(Model):
    name = CharField(max_length=100)

    class Meta:
        table_name = "bench_authors"


class Post(Model):
    author = ForeignKey(Author, related_name="posts")
    title = CharField(max_length=200)
    views = IntField()
    rating = FloatField()
    created = DateTimeField()

    class Meta:
        table_name = "bench_posts"


class Item(Model):
    name = CharField(max_length=100)
    category = CharField(max_length=50)
    price = IntField()
    is_active = IntField()

    class Meta:
        table_name = "bench_items"


async def open(kind, place):
    await ryx.setup(f"sqlite://{place}?mode=rwc" if kind == "sqlite" else place)


async def get(n):
    for i in range(1, n + 1):
        await Post.objects.get(id=i)


async def filter50():
    return await Post.objects.filter(views__lt=500).order_by("-id")[:50]


async def rows1000():
    return await Post.objects.order_by("id")[:1000]


async def together(n):
    await asyncio.gather(*(Post.objects.get(id=i) for i in range(1, n + 1)))


# It sets no keys.
async def bulk_create_keyless():
    await Item.objects.bulk_create([Item(**values) for values in ITEMS])


async def create(n):
    for values in ITEMS[:n]:
        await Item.objects.create(**values)


async def update():
    return await Item.objects.filter(category="A").update(price=7)


async def clear():
    await Item.objects.bulk_delete()
