"""The preset for texts that are published to sell or to inform."""

from decimal import Decimal

from labeling.policy.presets.preset import Preset, ordered

CONTENT_QUALITY = Preset(
    key="content-quality",
    name="Content quality",
    description="Marketing and editorial copy: seven weighted scores from 1 to 5, accuracy first.",
    kinds=("marketing_copy",),
    instructions=(
        "Read it once as its audience would, then score. 3 is what you would publish after small edits; give 5 only to "
        "what you would show others as an example. The weights add up to 100; what does not apply is left out of them."
    ),
    asks_verdict=True,
    questions=(
        ordered(
            "accuracy",
            "Is everything it states correct?",
            ("Wrong", "Its main message is false or could not be defended."),
            ("Misleading", "A detail that a reader would act on is wrong or exaggerated."),
            ("Mostly", "Small slips that change nothing a reader would do."),
            ("Correct", "All that can be checked is correct."),
            ("Proven", "Correct, and each claim that matters is backed on the page or in the brief."),
            passing_from=3,
            is_gating=True,
            weight=Decimal(25),
        ),
        ordered(
            "readability",
            "How easily is it read by those it is for?",
            ("Not", "They would stop in the first paragraph."),
            ("With effort", "Long sentences, jargon or detours; parts have to be read twice."),
            ("Fine", "Understood in one reading, with a stumble here and there."),
            ("Easy", "Understood in one reading without a stumble."),
            ("A pleasure", "One reads on without noticing; nothing could be said more plainly."),
            passing_from=3,
            weight=Decimal(15),
        ),
        ordered(
            "originality",
            "Does it say something of its own?",
            ("Copied", "It takes over another text, or could stand on any competitor's page."),
            ("Stock", "Phrases one has read many times; no thought that is its own."),
            ("Some", "A known angle with an example or a fact of its own."),
            ("Fresh", "An angle of its own that a reader would remember."),
            ("Singular", "Only this sender could have written it, and it is worth writing."),
            passing_from=3,
            weight=Decimal(15),
        ),
        ordered(
            "seo",
            "Will those who search for it find it?",
            ("Hidden", "Nothing in it matches what its audience searches for, or it is stuffed with keywords."),
            ("Weak", "The search term appears, but the page answers another intent."),
            ("Usable", "Term and intent fit; title, headings or description leave something to do."),
            ("Good", "Term, intent, title, headings and description fit, and it reads naturally."),
            ("Best", "Good, and it answers the questions that come next better than what ranks now."),
            passing_from=3,
            hint="Not applicable to what no search engine sees, such as a letter.",
            allows_na=True,
            weight=Decimal(15),
        ),
        ordered(
            "brand-voice",
            "Does it sound like us?",
            ("Foreign", "It breaks the voice guide: wrong tone, forbidden words or promises."),
            ("Off", "Right in places; whole paragraphs sound like somebody else."),
            ("Near", "Ours, but for a few words or turns."),
            ("Ours", "In our voice throughout."),
            ("Exemplary", "It could go into the voice guide."),
            passing_from=3,
            weight=Decimal(15),
        ),
        ordered(
            "engagement",
            "Would its audience read on and do what it asks?",
            ("No", "There is no reason to read past the first line."),
            ("Hardly", "A reason is there but late, or what to do next stays unclear."),
            ("Perhaps", "A clear reason and a next step, both ordinary."),
            ("Likely", "It catches early, holds, and its next step is easy to take."),
            ("Surely", "One wants to pass it on."),
            passing_from=3,
            weight=Decimal(10),
        ),
        ordered(
            "structure",
            "Is it well built?",
            ("Chaos", "No order that one could name."),
            ("Loose", "An order, but parts are missing, doubled or in the wrong place."),
            ("Sound", "A beginning, a middle and an end; headings say what follows."),
            ("Good", "Each part leads to the next; skimming it gives the gist."),
            ("Perfect", "Nothing could be moved or left out."),
            passing_from=3,
            weight=Decimal(5),
        ),
    ),
)
