"""The shapes of the report answers. Names here are a contract: add, never rename."""

from datetime import date, datetime

from ninja import Schema
from pydantic import Field

MOST_SINCE = "The numbers do not know them yet. Counted up to 1,001, which means more than 1,000."


class Estimate(Schema):
    """A number that knows its 95 % interval, or the reason why there is none."""

    value: float | None
    low: float | None = Field(description="Lower end of the 95 % interval; both ends are null where there is none.")
    high: float | None
    n: int = Field(description="How many units it rests on; of alpha, items that two or more people labelled.")
    undefined: str | None = Field(description="Why there is no value; null where there is one.")
    flags: list[str] = Field(description="What to know before quoting it.", examples=[["fewer than 30 units"]])


class PercentAgreement(Schema):
    """Four shares that are all called percent agreement; none is corrected for chance."""

    pooled: Estimate = Field(description="Every pair of labels counts once.")
    per_unit: Estimate = Field(description="Every item counts once.")
    value_weighted: Estimate = Field(description="Every label counts once, as in alpha.")
    unanimous: Estimate = Field(description="Items on which all agree.")


class PairKappas(Schema):
    a: str = Field(description="Stable and opaque, as in /labels; names are not given out.", examples=["rater-12"])
    b: str
    n: int = Field(description="Items that both labelled.")
    percent: Estimate
    kappa: Estimate
    kappa_linear: Estimate
    kappa_quadratic: Estimate


class Week(Schema):
    week: date = Field(description="The Monday (UTC) of the week in which the item got its first label that counts.")
    n_units_pairable: int
    krippendorff_alpha: Estimate


class CategoryAgreement(Schema):
    label: str
    n_ratings: int
    share: float | None = Field(description="Of the labels on items that two or more people labelled.")
    agreement: Estimate = Field(description="Where one label says this, how often another one on the item does.")


class Behind(Schema):
    """What alpha is made of: 1 - observed / expected disagreement, both of 1 possible."""

    n_units: int
    categories: list[CategoryAgreement]
    pairs: list[list[int]] = Field(description="Pairs of labels on one item, in the order of the categories.")
    observed_disagreement: float | None
    expected_disagreement: float | None
    paradox: str = Field(description="Why alpha is low although people agree; empty where that is not so.")


class Slice(Schema):
    by: str = Field(examples=["intent × stakes"])
    names: list[str]
    n_units_pairable: int
    n_items_pairable: int | None = Field(None, description="Of a question of parts, the items that these are of.")
    krippendorff_alpha: Estimate | None = Field(None, description="Null where the items are too few for a number.")
    elsewhere: Estimate | None = Field(None, description="Alpha of all other items.")
    p_lower: float | None = Field(
        None, description="How probable so low an alpha is for as many items drawn at random."
    )
    p_adjusted: float | None = Field(None, description="The same after counting how many slices the report looks at.")


class Change(Schema):
    since: str = Field(description="The rubric version before.")
    sentence: str
    before: Estimate | None = Field(None, description="As the three after it: null where they cannot be compared.")
    after: Estimate | None = None
    difference: Estimate | None = None
    n_units_in_common: int | None = None


class Alone(Schema):
    rater: str = Field(description="Stable and opaque, as in /labels.")
    n: int


class Causes(Schema):
    items: dict[str, int] = Field(description="Items that point at the rubric, training, the judge or the checks.")
    n_judged: int = Field(0, description="Items labelled by two or more of which the judge said anything.")
    n_held_back: int = Field(
        0, description="Items that the judge spoke of, too, and that are held back to examine and to watch it."
    )
    alone: list[Alone] = Field(description="Who stood alone against others who agree, on settled items.")


class Skips(Schema):
    n_put_off: int
    n_turns: int


class JudgeName(Schema):
    id: int
    name: str


class AgreementQuestion(Schema):
    key: str
    question: str
    level: str = Field(description="Level of measurement.", examples=["nominal", "ordinal"])
    categories: list[str]
    n_units: int
    n_units_pairable: int = Field(description="Items that two or more people labelled.")
    n_raters: int
    n_values: int
    n_not_applicable: int
    krippendorff_alpha: Estimate
    fleiss_kappa: Estimate | None = Field(
        None, description="As the four after it: null in runs made before there was one."
    )
    gwet_ac1: Estimate | None = None
    gwet_ac2_linear: Estimate | None = None
    gwet_ac2_quadratic: Estimate | None = None
    brennan_prediger: Estimate | None = None
    percent_agreement: PercentAgreement
    pairs: list[PairKappas] = Field(description="Every two raters; empty in runs that did not keep their ids.")
    weeks: list[Week] = Field(description="The trend, oldest first; empty in runs made before there was one.")
    splits: list[tuple[str, str, int]] = Field(description="Two values, and how often they stand against each other.")
    behind: Behind | None = Field(None, description="As the three after it: null in runs made before there was one.")
    slices: list[Slice] | None = None
    causes: Causes | None = None
    change: Change | None = Field(None, description="Null also where there is no labelled version before.")


class RunAnswer(Schema):
    """What the numbers of a run rest on."""

    rubric: str
    rubric_version: int
    made_at: datetime = Field(description="Labels up to this moment are counted.")
    filter: str = Field(description="Which labels count, in words.")
    method: str
    replicates: int
    seed: int
    code_version: str
    input_hash: str = Field(description="The same labels, measured alike, have the same hash.")
    n_excluded: dict[str, int] = Field(description="How many reviews and imported labels do not count, by reason.")
    n_labels_since: int = Field(description=f"Labels that came after made_at. {MOST_SINCE}")


class AgreementAnswer(RunAnswer):
    questions: list[AgreementQuestion]
    skips: Skips | None = Field(None, description="Turns that were put off; null in runs made before it was counted.")
    judge: JudgeName | None = Field(None, description="The judge that people were compared with, if there is one.")


class Judge(Schema):
    name: str
    model: str
    family: str
    prompt_hash: str
    parameters_hash: str


class Confusion(Schema):
    labels: list[str]
    rows: list[list[int]] = Field(description="Counts of labels: a row a human label, a column a label of the judge.")


class ReliabilityBin(Schema):
    low: float
    high: float
    n: int
    mean_confidence: float | None
    share_correct: Estimate


class Baseline(Schema):
    label: str | None
    percent: Estimate


class JudgeColumn(Schema):
    n_items: int
    n_labels: int
    kappa: Estimate
    alpha: Estimate
    ac1: Estimate
    percent_agreement: Estimate
    caught: Estimate | None = Field(description="Sensitivity to fails; null where no value is called a failure.")
    passed: Estimate | None = Field(description="Specificity: passes of people that the judge passes.")
    baseline: Baseline = Field(description="Always saying people's most frequent label.")


class FinalColumn(JudgeColumn):
    n_adjudicated: int


class TrafficColumn(JudgeColumn):
    n_without_probability: int = Field(description="Items that were not drawn from traffic, left out.")
    n_effective: float = Field(description="Kish: so many labels of equal weight.")


class JudgeSlice(Schema):
    by: str
    names: list[str]
    n_items: int
    n_labels: int
    kappa: Estimate | None = Field(None, description="Null where there are too few items.")
    percent_agreement: Estimate | None = None
    caught: Estimate | None = None
    passed: Estimate | None = None


class ConfidenceMap(Schema):
    kind: str
    slope: float | None = None
    intercept: float | None = None
    points: list[tuple[float, float]] | None = None


class MapReport(Schema):
    kind: str
    n_groups: int
    undefined: str | None
    map: ConfidenceMap | None
    ece_before: Estimate = Field(description="Before and after: on groups that the map was not fitted on.")
    ece_after: Estimate
    ece_change: Estimate
    brier_before: Estimate
    brier_after: Estimate
    brier_change: Estimate


class Repeats(Schema):
    n: int
    n_runs: int
    flips: Estimate
    stability: Estimate
    alpha: Estimate


class Position(Schema):
    n: int
    n_missing: int
    flips: Estimate
    fairness: Estimate
    first_shown: Estimate


class Bias(Schema):
    repeats: Repeats
    position: Position | None
    verbosity: Estimate = Field(description="Odds ratio of a pass when twice as long, people's label held constant.")
    self_preference: Estimate = Field(description="Odds ratio of a pass for its own family.")


class CorrectedShare(Schema):
    estimate: Estimate
    judge_alone: float | None
    power: float | None
    worked_like: float | None


class Population(Schema):
    n_traffic: int
    n_without_judge: int
    difference: CorrectedShare = Field(description="Prediction-powered, from final labels of the audit part.")
    fixed_set: CorrectedShare = Field(description="Rogan and Gladen's.")


class Alternative(Schema):
    epsilon: float
    n_compared: int
    winning_share: float | None
    advantage: Estimate
    passes: bool | None
    undefined: str | None


class CalibrationCriterion(Schema):
    key: str
    question: str
    level: str
    categories: list[str]
    n_items: int
    n_labels: int
    n_people: int
    weighting: str = Field(description="Of kappa.", examples=["unweighted", "quadratic"])
    kappa: Estimate = Field(description="Of the judge with people.")
    alpha: Estimate = Field(description="Of the judge with people.")
    ac1: Estimate | None = None
    caught: Estimate | None = None
    passed: Estimate | None = None
    baseline: Baseline | None = None
    final: FinalColumn | None = Field(None, description="Against final labels, settled or adjudicated.")
    all_traffic: TrafficColumn | None = Field(None, description="First-pass labels weighted by 1/inclusion.")
    slices: list[JudgeSlice] = []
    maps: list[MapReport] = []
    bias: Bias | None = None
    population: Population | None = None
    alternative: Alternative | None = None
    people_alpha: Estimate = Field(description="Of people among themselves, on the same items.")
    percent_agreement: Estimate
    mean_difference: Estimate
    confusion: Confusion
    confidence_kind: str = Field(description="stated, vote_share, or empty where the judge gives no confidence.")
    n_told: int = Field(description="Labels on items with a confidence.")
    reliability: list[ReliabilityBin]
    ece: Estimate
    brier: Estimate
    n_tied: int
    n_undeclared: int
    n_without_label: int
    n_without_judge: int
    n_abstained: int
    n_held_back: int = Field(description="Items that both labelled and that are not in this part.")


class CalibrationAnswer(RunAnswer):
    judge: Judge
    part: str = Field(description="The part of what was judged that the numbers are about: development.")
    criteria: list[CalibrationCriterion]
    not_compared: dict[str, int] = Field(description="Verdicts on criteria that the rubric does not have.")
    n_bins: int
    n_verdicts_since: int = Field(description=f"Judge verdicts that came after made_at. {MOST_SINCE}")
