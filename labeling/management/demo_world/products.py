"""Questions about goods: what the sheets say of two things that somebody asks, and what they do not say."""

from datetime import date
from random import Random
from typing import Any

from labeling.management.demo_world.cases import PLAIN, WARM, Case, policy_excerpt, truth_of
from labeling.management.demo_world.facts import PRODUCTS, draw_customer

POLICY = (
    "Fernhill (demonstration shop): answer only from the passages and cite them as [P1]. If the passages do not hold "
    "the answer, say so and offer to ask the product team. Answer every question that was asked."
)
FRAMES = (
    "I'm thinking of ordering the {short}: {first}, and {second}?",
    "Two questions about the {short}: {first}, and {second}?",
    "A friend has your {short}. {First}? And {second}?",
    "{First}? And {second}? I mean the {short}.",
    "Before I order the {short}: {first}? {Second}?",
    "I couldn't find this on the page of the {short}. {First}, and {second}?",
    "Looking for a present and thought of the {short}. {First}? {Second}?",
    "the {short}: {first}? and {second}",
)
OPENINGS = ("Happy to help.", "Thank you for asking.", "A good question.", "Gladly, I've looked it up.")
CLOSINGS = ("Is there anything else you'd like to know?", "If you need more, just ask.", "Enjoy it if you choose it.")
NOT_STATED = (
    "Nothing in the sheet tells me {about}, so I won't guess; shall I ask the product team?",
    "I can't tell {about} from what I have. Would you like me to ask the product team?",
    "The sheet is silent on {about}. I'd rather ask our product team than guess, if that's all right with you.",
)
OTHER_PASSAGES = (
    {"title": "Delivery", "text": "Standard delivery takes 3–5 working days. It is free from 60 EUR."},
    {"title": "Returns", "text": "Goods may be sent back unused within 30 days of delivery."},
    {"title": "Gift wrapping", "text": "We wrap most goods for 3.50 EUR. Large goods cannot be wrapped."},
    {"title": "Spare parts", "text": "Spare parts are listed on the page of each product where there are any."},
)
RAG_SHARE = 0.75
# The first facts of a product stand in its sheet, the others under use and care.
N_IN_SHEET = 2


def write_product_case(dice: Random, day: date, *, is_flawed: bool) -> Case:
    """Two questions about one product. Flawed: one is misquoted, made up where no sheet says, or left out."""
    product = dice.choice(PRODUCTS)
    is_sourced = dice.random() < RAG_SHARE
    kind = dice.choice(("misquote", "misquote", "made_up", "left_out")) if is_flawed else ""
    asked = draw_questions(dice, needs_unknown=kind == "made_up", product=product)
    said = [answer_to(dice, product, one, is_sourced=is_sourced) for one in asked]
    flaw = put_flaw(kind, product, asked, said)
    is_warm = dice.random() < 0.65
    right_answers = {"correct": "yes", "complete": "4", "tone": WARM if is_warm else PLAIN}
    return Case(
        "what the sheet says",
        {
            "kind": "rag_answer" if is_sourced else "chat_reply",
            "context": (sourced_context if is_sourced else sheet_context)(dice, day, product, asked),
            "output": reply_of(dice, said, is_warm=is_warm),
            "stakes": "low",
            "intent": "product_question",
            "segment": "consumer",
            "metadata": {
                "channel": dice.choice(("chat", "email")),
                "region": draw_customer(dice)["region"],
                "demo": True,
            },
        },
        truth_of({**right_answers, "grounded": "supported" if is_sourced else "na"}, flaw, {}),
        kind,
    )


def put_flaw(kind: str, product: dict[str, Any], asked: list[int | None], said: list[str]) -> dict[str, Any]:
    """Spoil what is said in the way that is asked for, in place; returns the flaw in words."""
    if kind == "misquote":
        told = next(place for place, one in enumerate(asked) if one is not None)
        _, sheet, right, wrong = product["facts"][asked[told]]
        said[told] = said[told].replace(right, wrong)
        return {"kind": kind, "flaw": f"Says “{wrong}”; the sheet has: “{sheet}”"}
    if kind == "made_up":
        said[asked.index(None)] = f"{product['unknown'][2]}."
        return {"kind": kind, "flaw": f"Makes something up: nothing in the sheet says {product['unknown'][1]}."}
    if kind == "left_out":
        said.pop()
        return {"kind": kind, "flaw": f"Leaves out the second question: {question_of(product, asked[1])}?"}
    return {}


def reply_of(dice: Random, said: list[str], *, is_warm: bool) -> str:
    opening = [dice.choice(OPENINGS)] * is_warm
    closing = [dice.choice(CLOSINGS)] * (dice.random() < 0.2)
    if dice.random() < 0.2:
        return "\n\n".join([*opening, "\n".join(f"- {one}" for one in said), *closing])
    return " ".join([*opening, *said, *closing])


def draw_questions(dice: Random, *, needs_unknown: bool, product: dict[str, Any]) -> list[int | None]:
    """The numbers of two facts of a product; None stands for the question that no sheet answers."""
    if needs_unknown or dice.random() < 0.25:
        return dice.sample([dice.randrange(len(product["facts"])), None], 2)
    return dice.sample(range(len(product["facts"])), 2)


def question_of(product: dict[str, Any], one: int | None) -> str:
    return product["unknown"][0] if one is None else product["facts"][one][0]


def answer_to(dice: Random, product: dict[str, Any], one: int | None, *, is_sourced: bool) -> str:
    if one is None:
        return dice.choice(NOT_STATED).format(about=product["unknown"][1])
    source = f" [P{1 if one < N_IN_SHEET else 2}]" if is_sourced else ""
    return f"{product['facts'][one][2]}{source}."


def draw_asking(dice: Random, product: dict[str, Any], asked: list[int | None]) -> str:
    first, second = (question_of(product, one) for one in asked)
    return dice.choice(FRAMES).format(
        short=product["short"],
        first=first,
        second=second,
        First=first[0].upper() + first[1:],
        Second=second[0].upper() + second[1:],
    )


def sourced_context(dice: Random, day: date, product: dict[str, Any], asked: list[int | None]) -> dict[str, Any]:
    sheets = [fact[1] for fact in product["facts"]]
    passages = [
        {"title": f"{product['name']}, sheet", "text": " ".join(sheets[:N_IN_SHEET])},
        {"title": f"{product['name']}, use and care", "text": " ".join(sheets[N_IN_SHEET:])},
        *dice.sample(OTHER_PASSAGES, dice.randint(0, 2)),
    ]
    return {
        "question": draw_asking(dice, product, asked),
        "passages": [{"id": f"P{number}", **passage} for number, passage in enumerate(passages, start=1)],
        "policy": POLICY,
    }


def sheet_context(dice: Random, day: date, product: dict[str, Any], asked: list[int | None]) -> dict[str, Any]:
    return {
        "conversation": [{"role": "customer", "text": draw_asking(dice, product, asked)}],
        "policy": policy_excerpt(["L2"]),
        "record": {
            "today": f"{day} ({day:%A})",
            "product": product["name"],
            "sheet": " ".join(fact[1] for fact in product["facts"]),
        },
    }
