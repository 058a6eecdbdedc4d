"""`python -m tests.bench thresholds`: what each threshold would have let through, on judged and labelled public data.

Three questions with people's answers: dialogues whose judge stated probabilities (LLM-Rubric), others made up and rated
by three (its synthetic half), and pairs whose judges were asked in both orders (MT-Bench).
"""

import argparse
import json
import os
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from labeling.stats.certification import Certificate, ThresholdGrid, certify, naive_threshold, plan_grid
from labeling.stats.guessing import clopper_pearson
from labeling.stats.separation import estimate_auc

ROOT = Path(__file__).resolve().parents[2]
CONFIDENCE = 0.90
TARGETS = (0.05, 0.10, 0.20)
PASSES_FROM = 3  # of 4: satisfied, as the paper reads it


@dataclass(frozen=True)
class Shipped:
    """What a judge would have passed: its confidence in each, and whether people say that it should not have."""

    name: str
    confidence: NDArray[np.float64]
    is_wrong: NDArray[np.bool_]

    @property
    def grid(self) -> ThresholdGrid:
        return plan_grid(self.confidence)


def dialogues(folder: Path, *, half: str) -> Shipped:
    """Dialogues that the judge finds satisfying (Q0); its probability of that is the confidence. Wrong where most of
    those who rated it do not; a tie among people is wrong, too."""
    rated = defaultdict(list)
    for row in table(folder / f"{half}_human_ratings.tsv"):
        if row["Q0"] not in ("", "0"):
            rated[row["text_id"]].append(float(row["Q0"]) >= PASSES_FROM)
    confidence, is_wrong = [], []
    for row in table(folder / f"{half}_judge_probabilities.tsv"):
        people = rated.get(row["text_id"])
        passing = float(row["answer3_prob"] or "nan") + float(row["answer4_prob"] or "nan")
        if row["criterion"] == "Q0" and people and passing > 0.5:
            confidence.append(passing)
            is_wrong.append(2 * sum(people) <= len(people))
    return Shipped(f"llm_rubric, {half}, Q0", np.array(confidence), np.array(is_wrong))


def table(path: Path) -> list[dict[str, str]]:
    head, *lines = path.read_text().splitlines()
    names = head.split("\t")
    return [dict(zip(names, line.split("\t"), strict=True)) for line in lines]


def pairs(folder: Path) -> Shipped:
    """Pairs in both orders by eight set-ups: the share of the sixteen votes for what most of them prefer. Wrong where
    most people voted otherwise; pairs on which people tie are left out."""
    votes, about = defaultdict(Counter), {}
    for one in map(json.loads, (folder / "judge_both_orders.jsonl").read_text().splitlines()):
        about[one["source_index"]] = (one["question_id"], one["turn"], *sorted((one["model_a"], one["model_b"])))
        if one["verdict"] in ("model_a", "model_b"):
            votes[one["source_index"]][one[one["verdict"]]] += 1
    preferred = preferred_by_people(folder)
    confidence, is_wrong = [], []
    for index, counted in votes.items():
        people = preferred.get(about[index])
        model, n_votes = counted.most_common(1)[0]
        if people not in (None, "tie"):
            confidence.append(n_votes / counted.total())
            is_wrong.append(model != people)
    return Shipped("MT-Bench, both orders", np.array(confidence), np.array(is_wrong))


def preferred_by_people(folder: Path) -> dict[tuple, str]:
    votes = defaultdict(Counter)
    for one in map(json.loads, (folder / "human_votes.jsonl").read_text().splitlines()):
        key = (one["question_id"], one["turn"], *sorted((one["model_a"], one["model_b"])))
        votes[key][one["winner"] if one["winner"] == "tie" else one[one["winner"]]] += 1
    tops = {key: counted.most_common(2) for key, counted in votes.items()}
    return {key: top[0][0] for key, top in tops.items() if len(top) == 1 or top[0][1] > top[1][1]}


def promise_for(shipped: Shipped, target: float) -> tuple[Certificate, float | None]:
    """What may be certified, and what a hand would type."""
    grid = shipped.grid
    certificate = certify(shipped.confidence, shipped.is_wrong, grid=grid, target=target, confidence=CONFIDENCE)
    naive = naive_threshold(shipped.confidence, shipped.is_wrong, thresholds=grid.thresholds, target=target)
    return certificate, naive


def report(shipped: Shipped) -> list[str]:
    n = len(shipped.confidence)
    auc = estimate_auc(shipped.confidence[shipped.is_wrong], shipped.confidence[~shipped.is_wrong])
    n_wrong = int(shipped.is_wrong.sum())
    ranks = f"its confidence ranks right before wrong with AUC {auc.value:.2f} ({auc.low:.2f} to {auc.high:.2f})"
    lines = [
        f"{shipped.name}: {n} that the judge would pass, {n_wrong} of them wrong; {ranks}",
        f"{'threshold':>12}{'ships':>8}{'share':>8}{'wrong':>8}{'let through':>14}{'95 %':>18}",
    ]
    for threshold in shipped.grid.thresholds:
        ships = shipped.confidence >= threshold
        n_here, n_wrong = int(ships.sum()), int(shipped.is_wrong[ships].sum())
        ends = clopper_pearson(n_wrong, n_here)
        interval = f"{ends.low:.1%} to {ends.high:.1%}"
        lines.append(
            f"{threshold:>12.4f}{n_here:>8}{n_here / n:>8.0%}{n_wrong:>8}{n_wrong / n_here:>14.1%}{interval:>18}"
        )
    for target in TARGETS:
        certificate, naive = promise_for(shipped, target)
        found = "none" if certificate.threshold is None else f"{certificate.threshold:.4f}"
        more = "" if certificate.n_more is None else f", about {certificate.n_more} more labels for the next step"
        typed = "none" if naive is None else f"{naive:.4f}"
        words = certificate.state.replace("_", " ")
        lines.append(f"at most {target:.0%} at {CONFIDENCE:.0%}: {words}, threshold {found}{more}; by hand {typed}")
    return lines


def main() -> None:
    arguments = argparse.ArgumentParser(prog="python -m tests.bench thresholds", description=__doc__)
    arguments.add_argument(
        "--folder", type=Path, default=os.environ.get("REVIEWAPP_DATA") or ROOT.parent / "shared/data"
    )
    folder = arguments.parse_args().folder
    for shipped in (
        dialogues(folder / "llm_rubric", half="real"),
        dialogues(folder / "llm_rubric", half="synthetic"),
        pairs(folder / "mtbench_pairwise"),
    ):
        print(*report(shipped), "", sep="\n")


if __name__ == "__main__":
    main()
