"""Recipe ratings: a folder of recipe texts, and what 88 people said of them on six criteria from 1 to 6.

The texts are items, the ratings labels; each is read by a format of its own, under the same name.
"""

from collections.abc import Iterator

from labeling.formats.cells import read_cells
from labeling.formats.fields import Object, read_name, read_text
from labeling.formats.jsonl import read_jsonl
from labeling.formats.lines import BadFile, Format, Line, Source, open_source, rebuild_lines, require_folder

TEXTS, RATINGS = "texts.jsonl", "ratings.tsv"
CRITERIA = ("grammar", "fluency", "verbosity", "structure", "success", "overall")
SOURCE_SYSTEM = "recipe_ratings"


def read_texts(source: Source, max_line_bytes: int) -> Iterator[Line]:
    folder = require_folder(source, FORMAT)
    yield from rebuild_lines(read_jsonl(folder / TEXTS, max_line_bytes), build_row)


def build_row(text: Object) -> Object:
    """One recipe text. The condition says what wrote it, so it is its hidden source and stands nowhere else."""
    recipe = read_name(text, "recipeid", "", limit=100)
    condition = read_name(text, "condition", "", limit=90)
    return {
        "external_id": name_text(recipe, condition),
        "source_system": SOURCE_SYSTEM,
        "kind": "other",
        "context": {"prompt": f"Recipe: {read_name(text, 'dish', '', limit=200)}"},
        "output": read_text(text, "text", "") or None,
        "source": {"model": condition},
        "stakes": "low",
        # One recipe comes in up to five versions.
        "cluster": f"recipe-{recipe}",
    }


def name_text(recipe: str, condition: str) -> str:
    return f"{recipe}-{condition}"


def read_ratings(source: Source, max_line_bytes: int) -> Iterator[Line]:
    """Six labels a line, each on the number of its line."""
    folder = require_folder(source, VOTES)
    with open_source(folder / RATINGS) as stream:
        rows = read_cells(stream, delimiter="\t", max_line_bytes=max_line_bytes)
        header = next(rows).by_column or {}
        for name in ("recipeid", "condition", "participant", *CRITERIA):
            if name not in header:
                raise BadFile(f"{RATINGS} has no column {name!r}; it needs one.")
        for row in rows:
            if row.by_column is None:
                yield Line(row.number, error=row.error)
                continue
            for criterion in CRITERIA:
                yield Line(row.number, build_vote(row.by_column, criterion))


def build_vote(cells: dict[str, str], criterion: str) -> Object:
    return {
        "external_id": name_text(cells["recipeid"], cells["condition"]),
        "source_system": SOURCE_SYSTEM,
        "rater": cells["participant"],
        "criterion": criterion,
        "value": cells[criterion],
    }


FORMAT = Format("recipe_ratings", "Recipe texts (folder)", read_texts, folder_files=(TEXTS,))
VOTES = Format("recipe_ratings", "Ratings of recipe texts (folder)", read_ratings, folder_files=(RATINGS,))
