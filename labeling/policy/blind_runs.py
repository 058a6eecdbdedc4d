"""The parts of an agent's run that a reviewer may see: the tools offered, the steps taken, and how it ended."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from labeling.policy.blind_parts import listed, shown_content, shown_text
from labeling.policy.extraction import Field, shown_fields

STEP_STATUSES = ("ok", "error")


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool that an agent was offered, whether it used it or not, and what it may be given."""

    name: str
    description: str
    parameters: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an agent's run: what it thought, what it called with what, and what came back."""

    reasoning: str
    tool: str
    arguments: str
    observation: str
    status: str


@dataclass(frozen=True, slots=True)
class Run:
    """One side of a pair of agent runs."""

    steps: tuple[Step, ...]
    end_state: str


def shown_tools(value: Any) -> tuple[Tool, ...]:
    tools = []
    for tool in listed(value):
        offered = tool if isinstance(tool, Mapping) else {"name": tool}
        name = shown_text(offered.get("name"))
        if name:
            # A schema's other keywords may name who made the tool.
            parameters = shown_fields(offered.get("parameters"))
            tools.append(Tool(name, shown_text(offered.get("description")), parameters))
    return tuple(tools)


def shown_steps(value: Any) -> tuple[Step, ...]:
    """The steps of a run. One that is no object keeps its place with its words, so that the numbers stay true."""
    steps = []
    for step in listed(value):
        told = step if isinstance(step, Mapping) else {"reasoning": step}
        status = told.get("status")
        steps.append(
            Step(
                reasoning=shown_text(told.get("reasoning")),
                tool=shown_text(told.get("tool")),
                arguments=shown_content(told.get("arguments")),
                observation=shown_content(told.get("observation")),
                status=status if status in STEP_STATUSES else "",
            )
        )
    return tuple(steps)


def shown_runs(value: Any) -> tuple[Run, ...]:
    """Both runs of a pair, in its canonical order; anything but two would be shown beside the wrong output."""
    runs = [run if isinstance(run, Mapping) else {} for run in listed(value)]
    if len(runs) != 2:
        return ()
    return tuple(Run(shown_steps(run.get("steps") or []), shown_content(run.get("end_state"))) for run in runs)
