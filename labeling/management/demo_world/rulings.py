"""What olga writes when she settles a dispute of the demonstration."""

from random import Random
from typing import Any

WHERE_BAD = (
    ("reviewer_error", 6, ("One of the two reviews missed it.", "It has to be read against the record, line by line.")),
    ("ambiguous_text", 1, ("The sentence can be read both ways, and a customer would read it this way.",)),
    ("guideline_gap", 1, ("The rubric does not say whether this alone is enough; I take it that it is.",)),
    ("edge_case", 1, ("A rare mixture, and I'd settle the next one in the same way.",)),
    ("subjective", 1, ("How bad it is can be argued; that it should not go out as it is, cannot.",)),
)
WHERE_FINE = (
    (
        "reviewer_error",
        4,
        (
            "I checked it against the record and the policy, and it holds.",
            "It is all there; the rule is in the excerpt, further down.",
        ),
    ),
    (
        "subjective",
        3,
        (
            "It follows the policy; what was marked down is a matter of taste.",
            "I'd have worded it differently too, and it's fine.",
        ),
    ),
    ("ambiguous_text", 1, ("One could misread the second sentence, but only with some effort.",)),
    ("guideline_gap", 1, ("The rubric leaves open how warm a short chat reply has to be. Plain is enough.",)),
    ("edge_case", 1, ("The case is rare; the reply does what the policy allows, and no more.",)),
)
ON_PAIRS = (
    (
        "subjective",
        3,
        ("Both can go out; this one leaves fewer questions.", "Close. I went by which reply the customer can act on."),
    ),
    (
        "reviewer_error",
        2,
        ("The other one reads well and gets a rule wrong.", "Only one of them keeps to what the record says."),
    ),
    ("guideline_gap", 1, ("The rubric does not say whether tone or completeness comes first. Completeness does.",)),
)


def ruling_on(dice: Random, known: dict[str, Any]) -> dict[str, Any]:
    """The reason, what led to the disagreement, and whether the rubric is to be mended."""
    rulings = ON_PAIRS if "preference" in known["answers"] else WHERE_BAD if known["is_bad"] else WHERE_FINE
    category, _, sentences = dice.choices(rulings, [weight for _, weight, _ in rulings])[0]
    return {
        "reason": f"{known['flaw']} {dice.choice(sentences)}".strip(),
        "error_category": category,
        "has_guideline_gap": category == "guideline_gap",
    }
