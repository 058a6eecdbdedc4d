"""People and the judge of the demonstration look at each other: some labels are followed by a look at what it said,
an examination on sealed items says what it may do, and Olga says whose error a few disagreements were.
"""

from datetime import datetime, timedelta
from random import Random

from labeling.management.demo_world.judging import JUDGE
from labeling.management.demo_world.shop import Shop
from labeling.models import JudgeVersion, MetaReview, RevealOffer
from labeling.policy.errors import Conflict
from labeling.policy.judge_life import MAY_GATE
from labeling.policy.judging import FAIL, PASS
from labeling.queries.disagreements import disagreements_of
from labeling.queries.reveals import second_values
from labeling.services.clearances import clear_judge
from labeling.services.meta_reviews import record_finding
from labeling.services.queues import change_queue
from labeling.services.reveals import reveal, save_second_label
from labeling.services.validations import examine_judge, open_sealed_part

REVEAL_SHARE = 0.2
LOOKS, LOOK_AFTER = 0.9, timedelta(seconds=8)
# How often somebody goes along with the judge where it says something else: where it is right, and where it is wrong.
MOVES_TO_RIGHT, MOVES_TO_WRONG = 0.62, 0.16
N_FINDINGS = 6
RUBRIC_NOTE = "Whether a reply may leave out what the customer did not ask, the rubric does not say."
PEOPLE_NOTE = "The judge is right: {flaw}"


def begin_reveals(shop: Shop, *, at: datetime) -> None:
    reason = "The judge ships mail from now on. Do people lean on what it says?"
    change_queue(shop.queues[0], reason=reason, actor=shop.users["ada"], now=at, reveal_share=REVEAL_SHARE)
    shop.queues[0].refresh_from_db()


def look_at_judge(offer: RevealOffer, *, is_bad: bool, dice: Random, now: datetime) -> None:
    """Most look, and say what they would answer now."""
    if dice.random() >= LOOKS:
        return
    reveal(offer, now=now + LOOK_AFTER)
    own, others = second_values(offer)
    moves = MOVES_TO_RIGHT if (offer.judge_label == FAIL) == is_bad else MOVES_TO_WRONG
    value = own
    if offer.judge_label != offer.blind_label and dice.random() < moves:
        value = "approve" if offer.judge_label == PASS else next(one for one in others if one != "approve")
    save_second_label(offer, value=value, now=now + 2 * LOOK_AFTER)


def examine(shop: Shop, *, at: datetime) -> None:
    """Olga opens the sealed part for the judge in use, and clears it only if what is found says so. A short history has
    too few sealed items, and then nothing is opened."""
    judge = JudgeVersion.objects.get(project=shop.project, name=JUDGE["name"], model=JUDGE["model"])
    reason = "Two months of labels: does it agree with people?"
    try:
        opening, _ = open_sealed_part(judge, shop.support, actor=shop.users["olga"], reason=reason, now=at)
    except Conflict:
        return
    if examine_judge(opening.pk, clock=lambda: at).finding == MAY_GATE:
        clear_judge(judge, reason="It agrees with people on items that it never saw.", actor=shop.users["olga"], now=at)


def say_whose_error(shop: Shop, *, now: datetime) -> None:
    """The surest disagreements with the judge in use; the others wait for whoever tries the demonstration."""
    judge = JudgeVersion.objects.get(project=shop.project, name=JUDGE["name"], model=JUDGE["model"])
    singles = [one for one in disagreements_of(judge, now=now) if one.item.kind != "pairwise"]
    for place, one in enumerate(singles[:N_FINDINGS]):
        known = shop.truth[one.item.external_id]
        are_people_right = (one.people_said == FAIL) == known["is_bad"]
        cause = MetaReview.Cause.JUDGE if are_people_right else MetaReview.Cause.PEOPLE
        note = "" if are_people_right else PEOPLE_NOTE.format(flaw=known["flaw"] or "nothing is wrong with it.")
        if are_people_right and not known["is_bad"] and place == N_FINDINGS - 1:
            cause, note = MetaReview.Cause.RUBRIC, RUBRIC_NOTE
        record_finding(judge, one, cause=cause, note=note, actor=shop.users["olga"], now=now)
