"""The outputs of the shop that are no replies: read from scenarios/, with queues and rubrics that take them.

They come in at the end of the day and nobody has looked at them yet, so no number of the demonstration knows them.
"""

from datetime import datetime
from typing import Any

from labeling.management.demo_world.facts import read_toml
from labeling.management.demo_world.replies import NEWER, OLDER
from labeling.management.demo_world.shop import Shop, receive
from labeling.policy.presets import CONTENT_QUALITY, GENERAL_REVIEW, SPEC_AUDIT, TRAJECTORY
from labeling.services.queues import create_queue
from labeling.services.rubrics import create_rubric

CHAPTERS = ("other_texts", "runs", "code")
# (slug, name, rubric, kinds): what each rubric is for waits under it.
QUEUES = (
    ("agents", "Agent runs", TRAJECTORY, TRAJECTORY.kinds),
    ("changes", "Plans and changes", SPEC_AUDIT, SPEC_AUDIT.kinds),
    ("copy", "Copy", CONTENT_QUALITY, CONTENT_QUALITY.kinds),
    ("documents", "Documents", GENERAL_REVIEW, ("summary", "extraction", "classification")),
)


def receive_other_kinds(shop: Shop, *, at: datetime) -> None:
    """All of them go to people: the producer asks for that, and no judge has said anything of them."""
    for slug, name, preset, kinds in QUEUES:
        version = create_rubric(
            project=shop.project, key=preset.key, name=preset.name, preset=preset, author=shop.users["olga"], now=at
        )
        create_queue(
            project=shop.project,
            slug=slug,
            name=name,
            rubric=version.rubric,
            author=shop.users["ada"],
            now=at,
            kinds=kinds,
            gold_share=0.0,
            seeding_secret="demonstration",
        )
    receive(shop, other_rows(), at=at, file_name="other_kinds.jsonl")


def other_rows() -> list[dict[str, Any]]:
    outputs = [output for chapter in CHAPTERS for output in read_toml(f"{chapter}.toml")["output"]]
    return [as_row(output, OLDER if place % 2 else NEWER) for place, output in enumerate(outputs)]


def as_row(output: dict[str, Any], source: dict[str, str]) -> dict[str, Any]:
    """A row to ingest: its long texts without the line break that TOML begins and ends them with."""
    row: dict[str, Any] = {**trimmed(output), "source_system": "workbench", "review_requested": True}
    if "outputs" in row:
        row["outputs"] = [{**one, "source": each} for one, each in zip(row["outputs"], (OLDER, NEWER), strict=True)]
        return row
    return {**row, "source": source}


def trimmed(value: Any) -> Any:
    if isinstance(value, str):
        return value.strip("\n")
    if isinstance(value, list):
        return [trimmed(one) for one in value]
    return {name: trimmed(one) for name, one in value.items()} if isinstance(value, dict) else value
