"""Replies and actions from scenarios: the parts of a right reply, and what a flaw makes of them.

A scenario (scenarios/*.toml) holds what customers ask, what the record says and the parts of a right reply: an
opening, the answer, and more. A flaw replaces one part or leaves it out, and says in words what is wrong then.
"""

from collections.abc import Mapping
from datetime import date
from random import Random
from typing import Any

from labeling.management.demo_world.cases import PLAIN, WARM, Case, policy_excerpt, truth_of
from labeling.management.demo_world.facts import draw_facts, fill, read_toml

CHAPTERS = ("delivery", "orders", "returns", "guarantee", "billing", "account", "serious", "actions")
SCENARIOS: list[dict[str, Any]] = [
    scenario for chapter in CHAPTERS for scenario in read_toml(f"{chapter}.toml")["scenario"]
]
OLDER = {"model": "fern-assist", "version": "2026-08", "family": "aster", "prompt_version": "p14"}
NEWER = {"model": "fern-assist", "version": "2026-10", "family": "birch", "prompt_version": "p15"}
PARTS = ("opening", "answer", "more")


def write_scenario_case(dice: Random, day: date, scenario: Mapping[str, Any], *, is_flawed: bool) -> Case:
    facts = draw_facts(dice, day, scenario)
    flaw = dice.choice(scenario["flaw"]) if is_flawed else {}
    channel = dice.choice(("chat", "email"))
    is_action = scenario.get("kind") == "pending_action"
    parts = draw_parts(dice, scenario, flaw)
    has_letter_form = channel == "email" and not is_action and flaw.get("kind") != "empty"
    text = (letter if has_letter_form else note)(dice, parts, scenario)
    tone = WARM if is_action or "opening" in parts else PLAIN
    return Case(
        scenario["name"],
        {
            "kind": scenario.get("kind", "chat_reply"),
            "context": context_of(dice, scenario, flaw, facts, channel=channel),
            "output": fill(text, facts),
            "stakes": scenario["stakes"],
            "intent": scenario["intent"],
            "segment": scenario.get("segment", "consumer"),
            "metadata": metadata_of(scenario, flaw, facts, channel=channel),
        },
        truth_of({"correct": "yes", "complete": "4", "tone": tone, "grounded": "na"}, flaw, facts),
        flaw.get("kind", ""),
    )


def draw_parts(dice: Random, scenario: Mapping[str, Any], flaw: Mapping[str, Any]) -> dict[str, str]:
    """The parts of a reply in their order. Most open warmly; what a flaw touches is as the flaw has it."""
    parts = {name: dice.choice(scenario[name]) for name in PARTS if name in scenario}
    if dice.random() < 0.35:
        parts.pop("opening", None)
    if flaw:
        parts.pop(flaw["part"], None)
        if "says" in flaw:
            parts[flaw["part"]] = dice.choice(flaw["says"])
        for name in flaw.get("also_drops", ()):
            parts.pop(name, None)
    return {name: parts[name] for name in PARTS if name in parts}


def letter(dice: Random, parts: Mapping[str, str], scenario: Mapping[str, Any]) -> str:
    body = " ".join(parts[name] for name in ("opening", "answer") if name in parts)
    paragraphs = ["Dear {name},", body, parts.get("more", "")]
    if dice.random() < 0.3:
        paragraphs.append(
            dice.choice(("If anything is unclear, just reply to this message.", "Please write again if you need us."))
        )
    desk = ", business desk" if scenario.get("segment") == "business" else ""
    regards = dice.choice(("Kind regards", "With best wishes", "Best regards"))
    paragraphs.append(f"{regards}\nFernhill support{desk}")
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def note(dice: Random, parts: Mapping[str, str], scenario: Mapping[str, Any]) -> str:
    return " ".join(parts.values())


def context_of(
    dice: Random, scenario: Mapping[str, Any], flaw: Mapping[str, Any], facts: Mapping[str, str], *, channel: str
) -> dict[str, Any]:
    asked = fill(dice.choice(scenario["ask"]), facts)
    if channel == "email" and asked[0].isupper():
        asked = dice.choice(("", "Hello,\n\n", "Good morning,\n\n")) + asked + f"\n\nRegards, {facts['signature']}"
    record = {"today": "{today}", **scenario["record"], **flaw.get("record", {})}
    context = {
        "conversation": [{"role": "customer", "text": asked}],
        "policy": policy_excerpt(scenario["policies"]),
        "record": fill(record, facts),
    }
    if "action" in scenario:
        context["action"] = action_of(scenario, flaw, facts)
    return context


def action_of(scenario: Mapping[str, Any], flaw: Mapping[str, Any], facts: Mapping[str, str]) -> dict[str, Any]:
    action = scenario["action"]
    amount = float(facts[flaw.get("amount", action["amount"])])
    arguments = fill({**action["arguments"], **flaw.get("arguments", {})}, facts)
    return {
        "name": action["name"],
        "arguments": arguments if "charge" in arguments else {**arguments, "amount": amount},
        "amount": amount,
        "currency": "EUR",
        "reversible": action["reversible"],
    }


def metadata_of(
    scenario: Mapping[str, Any], flaw: Mapping[str, Any], facts: Mapping[str, str], *, channel: str
) -> dict[str, Any]:
    metadata = {"channel": channel, "region": facts["region"], "demo": True}
    if "item" in scenario["record"]:
        metadata["order_value"] = float(facts["total"])
    if "action" in scenario:
        action = action_of(scenario, flaw, facts)
        metadata |= {"action": action["name"], "reversible": action["reversible"], "amount": action["amount"]}
    return metadata


def write_pair_case(dice: Random, day: date, scenario: Mapping[str, Any]) -> Case | None:
    """Two replies to one mail, of the older and the newer version; None for a scenario that is no reply.

    Mostly one of them is flawed, the older one more often; else both are right and it is a tie, unless one of them
    alone is warm.
    """
    if "action" in scenario or "opening" not in scenario:
        return None
    facts = draw_facts(dice, day, scenario)
    flaws: list[Mapping[str, Any]] = [{}, {}]
    sources = dice.sample((OLDER, NEWER), 2)
    if dice.random() < 0.75:
        worse = sources.index(OLDER if dice.random() < 0.6 else NEWER)
        flaws[worse] = dice.choice([flaw for flaw in scenario["flaw"] if flaw["kind"] != "empty"])
    drawn = [draw_parts(dice, scenario, flaw) for flaw in flaws]
    if flaws == [{}, {}]:
        for parts in drawn:
            parts.setdefault("opening", dice.choice(scenario["opening"]))
    texts = [
        fill(note(dice, {name: parts[name] for name in PARTS if name in parts}, scenario), facts) for parts in drawn
    ]
    if texts[0] == texts[1]:
        return None
    channel = dice.choice(("chat", "email"))
    context = context_of(dice, scenario, {}, facts, channel=channel)
    record = context.pop("record")
    context["reference"] = "Record: " + "; ".join(
        f"{name.replace('_', ' ')}: {value}" for name, value in record.items()
    )
    better = "tie" if flaws == [{}, {}] else "b" if flaws[0] else "a"
    return Case(
        scenario["name"],
        {
            "kind": "pairwise",
            "context": context,
            "outputs": [{"text": text, "source": source} for text, source in zip(texts, sources, strict=True)],
            "stakes": scenario["stakes"],
            "intent": scenario["intent"],
            "segment": scenario.get("segment", "consumer"),
            "metadata": metadata_of(scenario, {}, facts, channel=channel),
        },
        {"is_bad": False, "flaw": "", "answers": {"preference": better}, "verdict": None},
    )
