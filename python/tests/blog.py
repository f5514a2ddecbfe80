# SPDX-License-Identifier: MIT
"""A blog's models as classes, and their tables."""
import asyncio

import ryx
from ryx import (
    BinaryField, BooleanField, CharField, DateTimeField, DurationField, ForeignKey, IntField, JSONField, Model,
    TextField, UUIDField,
)


class BlogAuthor(Model):
    name = CharField(max_length=50, unique=True)
    email = CharField(max_length=80, default="")


class BlogPost(Model):
    title = CharField(max_length=100)
    text = TextField(null=True, blank=True)
    views = IntField(default=0)
    active = BooleanField(default=True)
    author = ForeignKey(BlogAuthor, on_delete="CASCADE", null=True, related_name="posts")
    created = DateTimeField(null=True)
    took = DurationField(null=True)
    data = BinaryField(null=True)
    meta = JSONField(null=True)
    slug = CharField(max_length=40, null=True, db_column="url_part")


class BlogComment(Model):
    post = ForeignKey(BlogPost, on_delete="CASCADE", related_name="comments")
    text = CharField(max_length=100)


class BlogKey(Model):
    key = UUIDField(primary_key=True, auto_create=True)
    label = CharField(max_length=20)


class BlogOrdered(Model):
    n = IntField()

    class Meta:
        ordering = ["-n"]


MODELS = [BlogAuthor, BlogPost, BlogComment, BlogKey, BlogOrdered]


async def _make():
    for model in reversed(MODELS):
        await ryx.raw_execute(f"DROP TABLE IF EXISTS {model._meta.table_name}")
    await ryx.migrate(MODELS)
    authors = [await BlogAuthor.objects.create(name=name) for name in ("Ann", "Bob")]
    for i in range(1, 6):
        await BlogPost.objects.create(title=f"Post {i}", views=i * 10, author=authors[i % 2], slug=f"post-{i}")


def open_blog(url):
    """Two authors and five posts: odd ones are Bob's."""
    ryx.setup(url)
    asyncio.run(_make())
