"""The preset for summaries of a patient's record."""

from labeling.policy.presets.preset import Preset, ordered, yes_or_no
from labeling.policy.rubrics import Option, Question

CLINICAL_SUMMARY = Preset(
    key="clinical-summary",
    name="Clinical summary",
    description="Summaries beside their record: what is invented, what is left out, and what harm it could do.",
    kinds=("summary",),
    instructions=(
        "The record beside it is the truth, also where it looks wrong to you: note that, and judge the summary by it. "
        "Ask of every error what the next clinician would do who has read nothing but this summary."
    ),
    asks_verdict=True,
    questions=(
        Question(
            key="claim-supported",
            question="Does the record support this claim?",
            scale="nominal",
            options=(
                Option("supported", "Supported", "The record says it, or it follows without a further assumption."),
                Option("unsupported", "Unsupported", "The record does not say it.", is_passing=False),
                Option("contradicted", "Contradicted", "The record says otherwise.", is_passing=False),
            ),
            parts="claim",
        ),
        yes_or_no(
            "figures",
            "Are all doses, values, units, dates and sides as in the record?",
            yes="Each one is the record's, with its unit and its time.",
            no="One is wrong, swapped, rounded so that it matters, or without the unit that gives it a meaning.",
            hint="Not applicable when it names none.",
            allows_na=True,
            is_gating=True,
            rationale_on=("no",),
        ),
        yes_or_no(
            "certainty",
            "Are negations, suspicions and findings kept apart as in the record?",
            yes="What was excluded, suspected, planned or past is told as that.",
            no="A suspicion became a diagnosis, a denied symptom a complaint, a plan a fact, or the like.",
            is_gating=True,
            rationale_on=("no",),
        ),
        ordered(
            "completeness",
            "Is everything there that the next clinician needs?",
            ("Dangerous gap", "Something is left out whose absence could harm: an allergy, a critical result, a stop."),
            ("Gap", "An active problem, a current medicine or an open task is missing."),
            ("Small gap", "Only what changes nothing in the care is missing."),
            ("Complete", "Every active problem, medicine, result that matters and open task is there."),
            passing_from=3,
            is_gating=True,
        ),
        Question(
            key="harm",
            question="What could the worst error in it do to the patient?",
            hint="Omissions count like statements. Judge what is plausible, not what is thinkable.",
            scale="ordinal",
            options=(
                Option("none", "Nothing", "There is no error, or none that touches the care."),
                Option("mild", "Mild", "An inconvenience: a repeated question or test."),
                Option("moderate", "Moderate", "A delay or a treatment that has to be put right.", is_passing=False),
                Option("severe", "Severe", "Lasting harm or death.", is_passing=False),
            ),
            rationale_on=("moderate", "severe"),
        ),
        ordered(
            "clarity",
            "Can it be used at the bedside as it stands?",
            ("No", "It has to be read beside the record to be understood."),
            ("Hardly", "What matters has to be searched for among what does not."),
            ("Yes", "What matters is found in half a minute."),
            ("Very well", "In the order one needs it, nothing too much, every abbreviation a common one."),
            passing_from=3,
        ),
    ),
)
