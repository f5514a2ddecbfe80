# SPDX-License-Identifier: MIT
import asyncio
import urllib.parse

import django
from django.conf import settings
from django.db import connections

from data import ITEMS


async def open(kind, place):
    if kind == "sqlite":
        db = {"ENGINE": "django.db.backends.sqlite3", "NAME": place, "OPTIONS": {
            "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL"}}
    else:
        url = urllib.parse.urlparse(place)
        db = {"ENGINE": "django.db.backends.postgresql", "NAME": url.path[1:], "USER": url.username, "HOST": url.hostname,
              "PORT": url.port}
    settings.configure(DATABASES={"default": db}, INSTALLED_APPS=[], USE_TZ=False, DEFAULT_AUTO_FIELD="django.db.models.AutoField")
    django.setup()
    _define()


def _define():
    from django.db import models

    global Author, Post, Item

    class Author(models.Model):
        name = models.CharField(max_length=100)

        class Meta:
            app_label, db_table = "bench", "bench_authors"

    class Post(models.Model):
        author = models.ForeignKey(Author, models.CASCADE, related_name="posts")
        title = models.CharField(max_length=200)
        views = models.IntegerField()
        rating = models.FloatField()
        created = models.DateTimeField()

        class Meta:
            app_label, db_table = "bench", "bench_posts"

    class Item(models.Model):
        name = models.CharField(max_length=100)
        category = models.CharField(max_length=50)
        price = models.IntegerField()
        is_active = models.IntegerField()

        class Meta:
            app_label, db_table = "bench", "bench_items"


async def get(n):
    for i in range(1, n + 1):
        await Post.objects.aget(id=i)


async def filter50():
    return [p async for p in Post.objects.filter(views__lt=500).order_by("-id")[:50]]


async def rows1000():
    return [p async for p in Post.objects.order_by("id")[:1000]]


async def values1000():
    return [p async for p in Post.objects.order_by("id").values_list("id", "author_id", "title", "views", "rating")[:1000]]


async def select_related():
    return [p async for p in Post.objects.select_related("author").order_by("id")[:1000]]


async def prefetch():
    authors = [a async for a in Author.objects.prefetch_related("posts").order_by("id")]
    return sum([len(a.posts.all()) for a in authors])


async def together(n):
    await asyncio.gather(*(Post.objects.aget(id=i) for i in range(1, n + 1)))


async def bulk_create():
    items = await Item.objects.abulk_create([Item(**values) for values in ITEMS])
    return items[-1].id


async def create(n):
    for values in ITEMS[:n]:
        await Item.objects.acreate(**values)


async def update():
    return await Item.objects.filter(category="A").aupdate(price=7)


async def clear():
    await Item.objects.all().adelete()
