# SPDX-License-Identifier: MIT
import asyncio
import pathlib

import ryx

from data import ITEMS

ns = ryx.load(pathlib.Path(__file__).parent.parent / "models.lua")
Author, Post, Item = ns.Author, ns.Post, ns.Item


async def open(kind, place):
    ryx.setup(f"sqlite:{place}" if kind == "sqlite" else place, max_connections=10)


async def get(n):
    for i in range(1, n + 1):
        await Post.objects.get(id=i)


async def filter50():
    return await Post.objects.filter(views__lt=500).order_by("-id")[:50]


async def rows1000():
    return await Post.objects.order_by("id")[:1000]


async def values1000():
    return await Post.objects.order_by("id").values_list("id", "author_id", "title", "views", "rating")[:1000]


async def select_related():
    return await Post.objects.select_related("author").order_by("id")[:1000]


async def prefetch():
    authors = await Author.objects.prefetch_related("posts").order_by("id")
    return sum([len(await a.posts.all()) for a in authors])


async def together(n):
    await asyncio.gather(*(Post.objects.get(id=i) for i in range(1, n + 1)))


async def bulk_create():
    items = await Item.objects.bulk_create([Item(**values) for values in ITEMS])
    return items[-1].id


async def create(n):
    for values in ITEMS[:n]:
        await Item.objects.create(**values)


async def update():
    return await Item.objects.filter(category="A").update(price=7)


async def clear():
    await Item.objects.all().delete()
