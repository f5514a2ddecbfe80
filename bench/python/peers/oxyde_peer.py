# SPDX-License-Identifier: MIT
import asyncio
import datetime

from oxyde import Field, Model, db

from data import ITEMS


class Author(Model):
    id: int | None = Field(default=None, db_pk=True)
    name: str
    posts: list["Post"] = Field(db_reverse_fk="author")

    class Meta:
        is_table, table_name = True, "bench_authors"


class Post(Model):
    id: int | None = Field(default=None, db_pk=True)
    author: Author | None = Field(default=None)
    title: str
    views: int
    rating: float
    created: datetime.datetime

    class Meta:
        is_table, table_name = True, "bench_posts"


class Item(Model):
    id: int | None = Field(default=None, db_pk=True)
    name: str
    category: str
    price: int
    is_active: int

    class Meta:
        is_table, table_name = True, "bench_items"


async def open(kind, place):
    await db.init(default=f"sqlite:///{place}" if kind == "sqlite" else place.replace("postgres:", "postgresql:"))


async def get(n):
    for i in range(1, n + 1):
        await Post.objects.get(id=i)


async def filter50():
    return await Post.objects.filter(views__lt=500).order_by("-id").limit(50).all()


async def rows1000():
    return await Post.objects.order_by("id").limit(1000).all()


async def values1000():
    return await Post.objects.order_by("id").limit(1000).values_list("id", "author_id", "title", "views", "rating").all()


async def select_related():
    return await Post.objects.join("author").order_by("id").limit(1000).all()


async def prefetch():
    authors = await Author.objects.prefetch("posts").order_by("id").all()
    return sum([len(a.posts) for a in authors])


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
    await Item.objects.filter(id__gt=0).delete()
