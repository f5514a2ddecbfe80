# SPDX-License-Identifier: MIT
import asyncio
import datetime

from sqlalchemy import ForeignKey, String, delete, event, select, update as update_of
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, joinedload, mapped_column, relationship, selectinload

from data import ITEMS


class Base(DeclarativeBase):
    pass


class Author(Base):
    __tablename__ = "bench_authors"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    posts: Mapped[list["Post"]] = relationship(back_populates="author")


class Post(Base):
    __tablename__ = "bench_posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    author_id: Mapped[int] = mapped_column(ForeignKey("bench_authors.id"))
    title: Mapped[str] = mapped_column(String(200))
    views: Mapped[int]
    rating: Mapped[float]
    created: Mapped[datetime.datetime]
    author: Mapped[Author] = relationship(back_populates="posts")


class Item(Base):
    __tablename__ = "bench_items"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    category: Mapped[str] = mapped_column(String(50))
    price: Mapped[int]
    is_active: Mapped[int]


def _pragmas(connection, _):
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


async def open(kind, place):
    global session
    if kind == "sqlite":
        engine = create_async_engine(f"sqlite+aiosqlite:///{place}", pool_size=10)
        event.listen(engine.sync_engine, "connect", _pragmas)
    else:
        engine = create_async_engine("postgresql+asyncpg" + place[place.index(":"):], pool_size=10, max_overflow=0)
    session = async_sessionmaker(engine, expire_on_commit=False)


async def _one(i):
    async with session() as s:
        return (await s.execute(select(Post).where(Post.id == i))).scalar_one()


async def _all(query):
    async with session() as s:
        return (await s.execute(query)).scalars().all()


async def get(n):
    for i in range(1, n + 1):
        await _one(i)


async def filter50():
    return await _all(select(Post).where(Post.views < 500).order_by(Post.id.desc()).limit(50))


async def rows1000():
    return await _all(select(Post).order_by(Post.id).limit(1000))


async def values1000():
    async with session() as s:
        query = select(Post.id, Post.author_id, Post.title, Post.views, Post.rating).order_by(Post.id).limit(1000)
        return (await s.execute(query)).all()


async def select_related():
    return await _all(select(Post).options(joinedload(Post.author)).order_by(Post.id).limit(1000))


async def prefetch():
    authors = await _all(select(Author).options(selectinload(Author.posts)).order_by(Author.id))
    return sum([len(a.posts) for a in authors])


async def together(n):
    await asyncio.gather(*(_one(i) for i in range(1, n + 1)))


async def bulk_create():
    async with session() as s:
        items = [Item(**values) for values in ITEMS]
        s.add_all(items)
        await s.commit()
    return items[-1].id


async def create(n):
    for values in ITEMS[:n]:
        async with session() as s:
            s.add(Item(**values))
            await s.commit()


async def update():
    async with session() as s:
        n = (await s.execute(update_of(Item).where(Item.category == "A").values(price=7))).rowcount
        await s.commit()
        return n


async def clear():
    async with session() as s:
        await s.execute(delete(Item))
        await s.commit()
