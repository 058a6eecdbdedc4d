"""The methods page and the docstrings compute what they print."""

import doctest
import importlib
import pkgutil
from pathlib import Path

import pytest

import labeling.stats

PAGE = Path(labeling.stats.__file__).with_name("README.md")
MODULES = [module.name for module in pkgutil.iter_modules(labeling.stats.__path__)]


def test_examples_of_the_methods_page_run():
    result = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")

    assert result.attempted > 20
    assert result.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_examples_of_the_docstrings_run(name):
    result = doctest.testmod(importlib.import_module(f"labeling.stats.{name}"))

    assert result.failed == 0


@pytest.mark.parametrize(
    "needle",
    [
        "Krippendorff's alpha",
        "Cohen's kappa",
        "Percent agreement",
        "What stands behind alpha",
        "Slices, and many looks",
        "Bootstrap",
        "Wilson",
        "ECE",
        "Brier",
        "Maps of a confidence",
        "Alpha before and after",
        "Consensus of several raters",
        "How many more labels",
        "The pass rate of all traffic",
        "What moves a judge besides quality",
        "May the judge stand in for one of several people?",
        "Scores in numbers",
        "Two versions of a judge",
        "Guesses of the source",
        "Watching a reviewer",
        "A change in a stream of answers",
        "Signs of a rubber stamp",
        "Reliance on a judge",
        "Medians and means",
        "Parts of outputs",
        "Outcomes from final labels",
        "Gold that got known",
        "Telling two groups apart",
        "A threshold with a promise",
        "Escaped errors",
        "Dealing out an audit",
        "Familiar or strange",
        "Capacity",
    ],
)
def test_methods_page_knows_every_method(needle):
    assert needle in PAGE.read_text(encoding="utf-8")
