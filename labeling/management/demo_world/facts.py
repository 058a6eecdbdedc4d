"""What a generated mail is about: the customer, the goods, the money and the days, all drawn from one pair of dice."""

import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

FOLDER = Path(__file__).parent / "scenarios"
# What a mail is about where its scenario does not say: things of which one can say "the" and "a new".
USUAL_GOODS = ("tool", "pot", "light", "textile", "kitchen", "furniture")
POSTAGE = 4.95
LEADS = ("W. Jansen", "K. Aydin", "S. Moreau")


def read_toml(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / name).read_text(encoding="utf-8"))


PRODUCTS: list[dict[str, Any]] = read_toml("products.toml")["product"]
PLACES: dict[str, dict[str, Any]] = read_toml("places.toml")


def draw_facts(dice: Random, day: date, scenario: Mapping[str, Any]) -> dict[str, str]:
    """Every {name} that a scenario may use. A name that begins with `wrong` is wrong, and nothing else is."""
    if "working_days" in scenario:
        n_days = dice.randint(*scenario["working_days"])
        then = working_day(day, -n_days)
    else:
        n_days = 0
        then = day - timedelta(days=dice.randint(*scenario.get("days", (2, 9))))
    product = draw_product(dice, scenario)
    quantity = dice.randint(*scenario.get("quantity", (1, 1)))
    return {
        **draw_customer(dice),
        **draw_numbers(dice, day),
        "item": product["name"],
        "short": product["short"],
        "weight": str(product.get("weight", "")),
        "price": money(product["price"]),
        "quantity": str(quantity),
        "days": str((day - then).days),
        "working_days": str(n_days),
        **sums_of(dice, product["price"] * quantity),
        **days_around(dice, day, then),
    }


def draw_product(dice: Random, scenario: Mapping[str, Any]) -> dict[str, Any]:
    goods = scenario.get("goods", USUAL_GOODS)
    least, most = scenario.get("price", (0, 10_000))
    fitting = [one for one in PRODUCTS if one["group"] in goods and least <= one["price"] <= most]
    return dice.choice([one for one in fitting if not one.get("plural")])


def draw_customer(dice: Random) -> dict[str, str]:
    region = dice.choices(list(PLACES), [place["weight"] for place in PLACES.values()])[0]
    place = PLACES[region]
    title, surnames = dice.choice((("Ms", place["women"]), ("Mr", place["men"])))
    surname, first = dice.choice(surnames), dice.choice(place["first"])
    town, postcode = dice.choice(place["towns"])
    return {
        "region": region,
        "name": f"{title} {surname[0].upper()}{surname[1:]}",
        "first": for_an_address(first),
        "surname": for_an_address(surname),
        "signature": f"{first[0]}. {surname}",
        "town": town,
        "postcode": postcode,
        "street": f"{dice.choice(place['streets'])} {dice.randint(2, 79)}",
        "depot": dice.choice([name for name, _ in place["towns"]]),
    }


def for_an_address(name: str) -> str:
    folded = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return folded.replace(" ", "").lower()


def draw_numbers(dice: Random, day: date) -> dict[str, str]:
    # Orders are numbered on through the year, so that an older one has the smaller number.
    newest = 120_000 + 270 * day.timetuple().tm_yday
    return {
        "order": f"FH-{newest - dice.randint(0, 4_000)}",
        "old_order": f"FH-{dice.randint(61_000, 99_000)}",
        "case": f"CS-{dice.randint(40_000, 54_999)}",
        "invoice": f"{day:%y}-{dice.randint(11_000, 29_999)}",
        "reference": f"RF-{dice.randint(70_000, 88_000)}",
        "code": dice.choice(("SPRING10", "GARDEN10", "HELLO10", "MEADOW10")),
        "stock": str(dice.randint(14, 280)),
        "payment": dice.choice(("credit card", "bank transfer", "online wallet")),
        "lead": dice.choice(LEADS),
        "area": str(dice.randint(21, 95)),
    }


def sums_of(dice: Random, total: float) -> dict[str, str]:
    """The amounts of a mail. Each wrong one differs from every right one by more than a cent's rounding."""
    voucher = min(20.0, round(total * 0.1, 2))
    handling = round(total * 0.15, 2)
    new_price = round(total * dice.choice((0.75, 0.8, 0.85, 0.9)), 1)
    return {
        "total": money(total),
        "wrong_total": money(total + dice.choice((10, 20, 30))),
        "with_delivery": money(total + 3.90),
        "refund": money(total - POSTAGE),
        "wrong_refund": money(total - 6.95),
        "tenth": money(total * 0.1),
        "voucher": money(voucher),
        "too_much": money(voucher + dice.choice((5, 10, 15))),
        "handling": money(handling),
        "credit": money(total - handling),
        "wrong_handling": money(total * 0.1),
        "wrong_credit": money(total - round(total * 0.1, 2)),
        "new_price": money(new_price),
        "difference": money(total - new_price),
        "wrong_difference": money(total - new_price + dice.choice((1, 3, 10))),
    }


def days_around(dice: Random, day: date, then: date) -> dict[str, str]:
    """The dates of a mail written on `day` about something that was on `then`."""
    first = working_day(day, dice.randint(1, 2))
    wrong_window = dice.choice((40, 45, 60))
    code_end = day + timedelta(days=dice.randint(12, 40))
    return {
        "today": f"{day} ({day:%A})",
        "today_iso": str(day),
        "yesterday": str(working_day(day, -1)),
        "yesterday_on": spoken(working_day(day, -1)),
        "then": str(then),
        "then_on": spoken(then),
        "then_month": f"{then:%B %Y}",
        "before": str(working_day(then, -2)),
        "first_day": f"{first:%A} {spoken(first)}",
        "estimate": f"{first:%A} {first.day} or {working_day(first, 1):%A} {spoken(working_day(first, 1))}",
        "window_end_on": spoken(then + timedelta(days=30)),
        "business_end_on": spoken(then + timedelta(days=14)),
        "plant_end_on": spoken(then + timedelta(days=7)),
        "net_end": str(then + timedelta(days=30)),
        "net_end_on": spoken(then + timedelta(days=30)),
        "wrong_window": str(wrong_window),
        "wrong_end_on": spoken(then + timedelta(days=wrong_window)),
        "code_end": str(code_end),
        "code_end_on": spoken(code_end),
        "wrong_code_end_on": spoken(code_end + timedelta(days=31)),
        "one_year_month": f"{then:%B} {then.year + 1}",
        "two_years_month": f"{then:%B} {then.year + 2}",
        "five_years_month": f"{then:%B} {then.year + 5}",
        "ten_years_month": f"{then:%B} {then.year + 10}",
    }


def money(amount: float) -> str:
    return f"{amount:.2f}"


def spoken(day: date) -> str:
    return f"{day.day} {day:%B}"


def working_day(day: date, n_days: int) -> date:
    """The working day so many working days later, or earlier where negative."""
    step = timedelta(days=1 if n_days > 0 else -1)
    while n_days:
        day += step
        if day.weekday() < 5:
            n_days -= int(step.days)
    return day


def fill(template: Any, facts: Mapping[str, str]) -> Any:
    """A text, or whatever holds texts, with its {names} filled in."""
    if isinstance(template, str):
        return template.format_map(facts)
    if isinstance(template, Mapping):
        return {key: fill(value, facts) for key, value in template.items()}
    if isinstance(template, Sequence):
        return [fill(value, facts) for value in template]
    return template
