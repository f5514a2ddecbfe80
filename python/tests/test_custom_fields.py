# SPDX-License-Identifier: MIT
"""Fields of one's own: to_python, to_db, db_type, validate."""
import asyncio
import datetime
import decimal
import json

import pytest

import ryx
from ryx import CharField, Count, DecimalField, Field, ForeignKey, IntField, JSONField, Max, Model, ValidationError


class Money:
    """No value of any database."""

    def __init__(self, amount, currency="EUR"):
        self.amount, self.currency = decimal.Decimal(amount), currency

    def __eq__(self, other):
        return isinstance(other, Money) and (self.amount, self.currency) == (other.amount, other.currency)

    def __repr__(self):
        return f"{self.amount} {self.currency}"


class MoneyField(Field):
    def __init__(self, currency="EUR", **kwargs):
        super().__init__(**kwargs)
        self.currency = currency

    def to_python(self, value):
        if value is None or isinstance(value, Money):
            return value
        if isinstance(value, str) and " " in value:
            return Money(*value.split())
        return Money(value, self.currency)

    def to_db(self, value):
        return None if value is None else str(self.to_python(value))


class Cents(IntField):
    """Decimals, kept as a whole number."""

    def to_python(self, value):
        if isinstance(value, int):
            return decimal.Decimal(value) / 100
        return value if value is None else decimal.Decimal(value)

    def to_db(self, value):
        return None if value is None else int(value * 100)


class Tags(Field):
    def db_type(self):
        return "VARCHAR(200)"

    def to_python(self, value):
        return [v for v in value.split(",") if v] if isinstance(value, str) else value

    def to_db(self, value):
        return ",".join(value)


class Percent(Field):
    def db_type(self):
        return "NUMERIC(5, 2)"

    def to_db(self, value):
        return value


class Lower(CharField):
    def to_python(self, value):
        value = super().to_python(value)
        return value if value is None else value.lower()


class Even(IntField):
    def validate(self, value):
        super().validate(value)
        if value is not None and value % 2:
            raise ValidationError("Enter an even number.")


class Span(JSONField):
    """Two days, kept as JSON."""

    def to_python(self, value):
        value = super().to_python(value)
        return value and tuple(datetime.date.fromisoformat(v) if isinstance(v, str) else v for v in value)

    def to_db(self, value):
        return json.dumps([v.isoformat() for v in value])


class CfItem(Model):
    name = Lower(max_length=20, default="NONE")
    price = MoneyField(max_length=30, null=True)
    cost = Cents(default=decimal.Decimal("1.5"))
    tags = Tags(default=list)
    share = Percent(null=True)
    even = Even(default=0)
    span = Span(null=True)


class CfNote(Model):
    item = ForeignKey(CfItem, related_name="notes")
    text = CharField(max_length=20)


DAYS = (datetime.date(2024, 1, 2), datetime.date(2024, 2, 3))


@pytest.fixture
def Item(database):
    async def make():
        for table in ("cf_notes", "cf_items"):
            await ryx.raw_execute(f"DROP TABLE IF EXISTS {table}")
        await ryx.migrate([CfItem, CfNote])
        await CfItem.objects.create(
            name="Pen", price="2.50 CHF", cost="0.99", tags=["a", "b"], share="12.5", even=2, span=DAYS)
        await CfItem.objects.create(name="INK")

    asyncio.run(make())
    return CfItem


def test_what_a_field_of_ones_own_is():
    field = MoneyField("USD", max_length=40)
    assert (field.currency, field.max_length, field.db_type()) == ("USD", 40, "VARCHAR(40)")
    assert MoneyField().db_type() == "TEXT"
    assert field.to_python("3") == Money("3", "USD")
    assert CfItem._meta.fields["tags"].db_type() == "VARCHAR(200)"


def test_values_go_both_ways(Item):
    async def main():
        pen = await Item.objects.get(name="pen")
        assert (pen.name, pen.price, pen.cost) == ("pen", Money("2.50", "CHF"), decimal.Decimal("0.99"))
        assert (pen.tags, pen.share, pen.even, pen.span) == (["a", "b"], decimal.Decimal("12.50"), 2, DAYS)
        ink = await Item.objects.get(name="ink")
        assert (ink.price, ink.cost, ink.tags, ink.span) == (None, decimal.Decimal("1.5"), [], None)
        rows = await ryx.raw_fetch("SELECT name, price, cost, tags FROM cf_items ORDER BY name DESC")
        assert rows[0] == {"name": "pen", "price": "2.50 CHF", "cost": 99, "tags": "a,b"}
        ink.price, ink.tags = 4, ["x"]
        assert ink.price == Money("4")
        await ink.save()
        await ink.refresh_from_db()
        assert (ink.price, ink.tags) == (Money("4"), ["x"])
        return pen

    asyncio.run(main())


def test_conditions_take_such_values(Item):
    async def main():
        async def names(**kwargs):
            return [i.name for i in await Item.objects.filter(**kwargs)]

        assert await names(price=Money("2.50", "CHF")) == ["pen"]
        assert await names(price="2.50 CHF") == ["pen"]
        assert await names(cost=decimal.Decimal("0.99")) == ["pen"]
        assert await names(cost__gt=decimal.Decimal("1")) == ["ink"]
        assert await names(price__in=[Money("2.50", "CHF"), Money(1)]) == ["pen"]
        assert await names(price__isnull=True) == ["ink"]
        assert await names(tags=["a", "b"]) == ["pen"]
        assert await Item.objects.filter(name="pen").update(price=Money(7)) == 1
        assert (await Item.objects.get(name="pen")).price == Money("7")

    asyncio.run(main())


def test_rows_of_every_kind(Item):
    async def main():
        await CfNote.objects.create(item=await Item.objects.get(name="pen"), text="n")
        assert await Item.objects.order_by("id").values("name", "price") == [
            {"name": "pen", "price": Money("2.50", "CHF")}, {"name": "ink", "price": None}]
        assert await Item.objects.order_by("id").values_list("cost", flat=True) == [
            decimal.Decimal("0.99"), decimal.Decimal("1.5")]
        assert await Item.objects.order_by("id").values_list("id", "tags") == [(1, ["a", "b"]), (2, [])]
        row = (await Item.objects.order_by("id").values_list("id", "price", named=True))[0]
        assert row.price == Money("2.50", "CHF") and row == (1, Money("2.50", "CHF"))
        note = (await CfNote.objects.select_related("item"))[0]
        assert note.item.price == Money("2.50", "CHF")
        rows = await Item.objects.order_by("id").annotate(n=Count("notes"))
        assert [(i.n, i.price) for i in rows] == [(1, Money("2.50", "CHF")), (0, None)]
        costs = [i.cost async for i in Item.objects.order_by("id")]
        assert costs == [decimal.Decimal("0.99"), decimal.Decimal("1.5")]
        assert (await Item.objects.aggregate(most=Max("cost")))["most"] == decimal.Decimal("1.5")
        assert (await Item.objects.order_by("id").first()).price == Money("2.50", "CHF")
        assert (await Item.objects.order_by("id"))[1].price is None

    asyncio.run(main())


def test_pages_by_such_values(Item):
    async def main():
        await Item.objects.bulk_create([Item(name=f"i{n}", cost=decimal.Decimal(n)) for n in range(2, 6)])
        page, seen = await Item.objects.order_by("cost", "id").paginate(size=4), []
        seen += [i.cost for i in page]
        page = await Item.objects.order_by("cost", "id").paginate(size=4, after=page.next)
        assert [*seen, *(i.cost for i in page)] == [decimal.Decimal(n) for n in ("0.99", "1.5", "2", "3", "4", "5")]

    asyncio.run(main())


def test_what_is_wrong_is_told(Item):
    async def main():
        with pytest.raises(ValidationError) as caught:
            await Item.objects.create(even=3, name="x" * 21)
        assert caught.value.errors == {
            "even": ["Enter an even number."], "name": ["Ensure this value has at most 20 characters."]}
        with pytest.raises(ValidationError, match="Enter an even number"):
            Even().validate(3)
        Even().validate(4)
        with pytest.raises(ValidationError):
            Even(max_value=2).clean(4)
        with pytest.raises(decimal.InvalidOperation):
            Item(price="dear")

    asyncio.run(main())


def test_many_at_once(Item):
    async def main():
        await Item.objects.bulk_create([Item(name=f"i{n}", price=n, tags=[str(n)]) for n in range(50)])
        assert (await Item.objects.get(name="i7")).price == Money("7")
        assert await Item.objects.filter(price=Money(7)).count() == 1

    asyncio.run(main())


def test_other_objects_are_refused(Item):
    class Stranger:
        pass

    with pytest.raises(TypeError, match="cannot use a value of type"):
        asyncio.run(CfNote.objects.filter(text=Stranger()).count())
    with pytest.raises(TypeError, match="cannot use a value of type"):
        asyncio.run(ryx.raw_fetch("SELECT ? AS x", [Stranger()]))
    note = CfNote(item_id=1)
    note.__dict__["text"] = Stranger()
    with pytest.raises(ryx.ValidationError, match="Enter text."):
        asyncio.run(note.save())
