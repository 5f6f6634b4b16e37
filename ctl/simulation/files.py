"""A staffing as people write it: who is there in each half hour, and how long things take. YAML → `Scenario`.

Every fault is named with file, line and field, as in ``ivr_flows/``.
"""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from ctl.config.fields import Name
from ctl.config.nodes import Shape as FileShape
from ctl.config.problems import ConfigError, Problem, did_you_mean
from ctl.config.shape import shape
from ctl.config.source import Source, read
from ctl.simulation.scenario import Again, Arrivals, Crew, Duration, Scenario, Shape, Shift
from ctl.switchboard.hours import JST
from ctl.switchboard.ids import GroupName, Millis, QueueName
from ctl.switchboard.plan import Plan

BAND = re.compile(r"(\d{1,2}):(00|30)-(\d{1,2}):(00|30)")


def _band(text: str) -> str:
    minutes = _minutes(text)
    if minutes is None or not minutes[0] < minutes[1] <= 24 * 60:
        raise ValueError(
            f"{text!r} is not a band of half hours: two times that go forward are allowed, such as 8:30-17:00"
        )
    return text


def _minutes(text: str) -> tuple[int, int] | None:
    found = BAND.fullmatch(text)
    if found is None:
        return None
    begin_hour, begin_minute, end_hour, end_minute = map(int, found.groups())
    return begin_hour * 60 + begin_minute, end_hour * 60 + end_minute


Band = Annotated[str, AfterValidator(_band)]


class DurationShape(FileShape):
    """``spread``: standard deviation ÷ mean, for ``lognormal``."""

    mean_seconds: Annotated[float, Field(ge=0, le=7200)]
    shape: Shape = Shape.EXPONENTIAL
    spread: Annotated[float, Field(gt=0, le=5)] = 1.0

    def duration(self) -> Duration:
        return Duration(round(self.mean_seconds * 1000), self.shape, self.spread)


class AgainShape(FileShape):
    """Callers who give up and call again: which share of them, and after how long."""

    share: Annotated[float, Field(ge=0, le=1)]
    after: DurationShape = DurationShape(mean_seconds=60)

    def again(self) -> Again:
        return Again(self.share, self.after.duration())


class CrewShape(FileShape):
    """Operators who can do the same, and how many of them are there when (Japan's time)."""

    skills: Annotated[dict[Name, Annotated[int, Field(ge=1, le=9)]], Field(min_length=1)]
    operators: Annotated[dict[Band, Annotated[int, Field(ge=0, le=1000)]], Field(min_length=1)]


class StaffingFile(FileShape):
    """The means are those that the contract aims at (別紙3): 2 min of talk, 3 min of handling."""

    crews: Annotated[list[CrewShape], Field(min_length=1)]
    wants: Annotated[dict[Name, Annotated[float, Field(ge=0)]], Field(default_factory=dict)]
    talk: DurationShape = DurationShape(mean_seconds=120, shape=Shape.LOGNORMAL)
    wrap_up: DurationShape = DurationShape(mean_seconds=60)
    patience: DurationShape = DurationShape(mean_seconds=180)
    answer: DurationShape = DurationShape(mean_seconds=3, shape=Shape.FIXED)
    calls_again: AgainShape | None = None


def read_scenario(path: Path, plan: Plan, day: date, contacts: Mapping[int, float], seed: int) -> Scenario:
    """The staffing in ``path`` on a day with these contacts by the hour. Raises `ConfigError` with every fault."""
    source = read(path, path.name)
    file = shape(StaffingFile, source)
    problems = [*_names(source, file, plan), *_overlaps(source, file)]
    if problems:
        raise ConfigError(problems)
    at = _Day(day)
    wants = {QueueName(name): weight for name, weight in file.wants.items()}
    return Scenario(
        plan=plan,
        arrivals=tuple(Arrivals(at(hour * 60), at(hour * 60 + 60), count) for hour, count in contacts.items()),
        crews=tuple(_crew(crew, at) for crew in file.crews),
        wants=wants or {next(iter(plan.services.values())).queue: 1.0},
        talk=file.talk.duration(),
        wrap_up=file.wrap_up.duration() if file.wrap_up.mean_seconds else None,
        patience=file.patience.duration(),
        answer=file.answer.duration(),
        seed=seed,
        again=file.calls_again.again() if file.calls_again is not None else None,
    )


class _Day:
    def __init__(self, day: date) -> None:
        self._midnight = datetime.combine(day, time(), JST)

    def __call__(self, minute: int) -> Millis:
        return int((self._midnight + timedelta(minutes=minute)).timestamp() * 1000)


def _crew(crew: CrewShape, at: _Day) -> Crew:
    skills = {GroupName(name): level for name, level in crew.skills.items()}
    bands = ((_minutes(band), operators) for band, operators in crew.operators.items())
    return Crew(skills, tuple(Shift(at(band[0]), at(band[1]), operators) for band, operators in bands if band))


def _names(source: Source, file: StaffingFile, plan: Plan) -> Iterable[Problem]:
    groups = {stage.group for queue in plan.queues.values() for stage in queue.stages}
    for n, crew in enumerate(file.crews):
        for name in crew.skills:
            if name not in groups:
                yield source.problem(("crews", n, "skills", name), f"unknown skill group; {did_you_mean(name, groups)}")
    for name in file.wants:
        if name not in plan.queues:
            yield source.problem(("wants", name), f"unknown queue; {did_you_mean(name, plan.queues)}")
    if file.wants and not any(file.wants.values()):
        yield source.problem(("wants",), "nobody wants anything: at least one queue needs a number above 0")


def _overlaps(source: Source, file: StaffingFile) -> Iterable[Problem]:
    for n, crew in enumerate(file.crews):
        taken: set[int] = set()
        for band in crew.operators:
            begin, end = _minutes(band) or (0, 0)
            half_hours = set(range(begin, end, 30))
            if taken & half_hours:
                yield source.problem(("crews", n, "operators", band), "this band overlaps an earlier one of the crew")
            taken |= half_hours
