"""Balance: as many of each class, reasons in turn, and the same choice for the same key."""

from collections import Counter

from labeling.policy.few_shot import MOST_PER_CLASS, Candidate, choose_balanced, describe_choice


def candidates(**n_by_label):
    """So many of each label, three of four for the same reason."""
    labels = [label for label, n in n_by_label.items() for _ in range(n)]
    return [
        Candidate(line, "judge", 1, "overall", label, "other" if line % 4 == 0 else "usual", 100 + line)
        for line, label in enumerate(labels)
    ]


def test_each_label_has_as_many_as_the_rarest():
    chosen = choose_balanced(candidates(fail=30, unsure=7, good=12), salt="s")

    assert Counter(one.human_label for one in chosen) == {"fail": 7, "unsure": 7, "good": 7}


def test_there_is_a_most():
    assert len(choose_balanced(candidates(fail=300), salt="s")) == MOST_PER_CLASS


def test_reasons_come_in_turn():
    chosen = choose_balanced(candidates(fail=40, good=8), salt="s")

    assert Counter(one.reason for one in chosen if one.human_label == "fail") == {"usual": 4, "other": 4}


def test_each_judge_version_and_criterion_is_balanced_by_itself():
    one, other = candidates(fail=3, good=2), candidates(fail=9, good=5)
    moved = [Candidate(20 + c.line, "judge", 2, c.criterion, c.human_label, c.reason, c.item_id) for c in other]

    chosen = choose_balanced([*one, *moved], salt="s")

    assert Counter((c.judge_version_id, c.human_label) for c in chosen) == {
        (1, "fail"): 2, (1, "good"): 2, (2, "fail"): 5, (2, "good"): 5,
    }  # fmt: skip


def test_choice_hangs_on_the_key_and_not_on_the_order():
    there = candidates(fail=30, good=6)

    assert choose_balanced(there, salt="s") == choose_balanced(there[::-1], salt="s")
    assert choose_balanced(there, salt="s") != choose_balanced(there, salt="t")


def test_description_counts_what_there_was_and_what_was_chosen():
    there = candidates(fail=8, good=2)
    rows = describe_choice(there, choose_balanced(there, salt="s"))

    assert sum(row["n_eligible"] for row in rows) == 10
    assert {row["human_label"]: 0 for row in rows} == {"fail": 0, "good": 0}
    assert sum(row["n_chosen"] for row in rows) == 4
