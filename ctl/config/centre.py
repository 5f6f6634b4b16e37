"""``centre.yaml`` → reasons for not being ready, feature codes, the trunk, which numbers outside may be dialled."""

from collections.abc import Container
from dataclasses import dataclass

from ctl.config.fields import milliseconds
from ctl.config.files import CentreFile, DepartmentsFile, OutsideShape, TrunkShape
from ctl.config.folder import Document
from ctl.config.notes import Notes
from ctl.config.source import Path_, Source
from ctl.switchboard.ids import Millis, Number
from ctl.switchboard.numbering import COSTLY, class_of_prefix, unlisted
from ctl.switchboard.operator import AUTOMATIC_REASONS
from ctl.switchboard.plan import Destination, FeatureCodes, Outside, Trunk


@dataclass(frozen=True)
class Centre:
    not_ready_reasons: dict[str, str]
    features: FeatureCodes
    trunk: Trunk
    wrap_up: bool
    silence_ms: Millis = 2_500
    pause_ms: Millis | None = None
    outside: Outside = Outside()


def compile_centre(document: Document[CentreFile], notes: Notes) -> Centre:
    source, shape = document.source, document.shape
    for reason in shape.not_ready_reasons:
        if reason in AUTOMATIC_REASONS:
            message = f"{reason!r} is a reason that the switchboard gives itself; choose another name"
            notes.problem(source, ("not_ready_reasons", reason), message)
    codes = shape.features.model_dump()
    entries: list[tuple[Path_, str]] = [(("features", name), code) for name, code in codes.items()]
    notes.once(source, entries, "feature code")
    telephones = shape.telephones
    pause = telephones.pause_after_refusal_seconds
    return Centre(
        dict(shape.not_ready_reasons),
        FeatureCodes(**codes),
        _trunk(source, shape.trunk, notes),
        shape.wrap_up,
        milliseconds(telephones.silence_seconds),
        milliseconds(pause) if pause is not None else None,
        _outside(source, shape.outside, notes) if shape.outside is not None else Outside(),
    )


def _trunk(source: Source, shape: TrunkShape, notes: Notes) -> Trunk:
    reserve = shape.limit // 10 if shape.reserve is None else shape.reserve
    if reserve >= shape.limit:
        message = f"{reserve} of {shape.limit} channels kept for handoffs leave none for callers; write less than limit"
        notes.problem(source, ("trunk", "reserve"), message)
    return Trunk(shape.limit, reserve, milliseconds(shape.ring_timeout_seconds), Number(shape.caller_id))


def _outside(source: Source, shape: OutsideShape, notes: Notes) -> Outside:
    entries: list[tuple[Path_, str]] = [
        (("outside", "destinations", n, "prefix"), one.prefix) for n, one in enumerate(shape.destinations)
    ]
    notes.once(source, entries, "prefix")
    for path, prefix in entries:
        kind = class_of_prefix(prefix)
        if kind in COSTLY:
            notes.remark(source, path, f"operators may call numbers that begin with {prefix} ({kind}): these cost more")
    return Outside(
        tuple(Destination(one.prefix, one.label) for one in shape.destinations),
        shape.per_operator_an_hour,
        shape.an_hour,
        shape.at_once,
    )


def check_departments(document: Document[DepartmentsFile], rules: Outside, own: Container[str], notes: Notes) -> None:
    """Every number that a handoff would dial must be an allowed destination, or the handoff could never be made.

    ``own``: the numbers at which callers reach us.
    """
    for n, entry in enumerate(document.shape.departments):
        for m, number in enumerate(entry.numbers):
            here: Path_ = ("departments", n, "numbers", m)
            if number in own:  # a ward may run with such a one: it is told, and goes on loading
                notes.remark(document.source, here, f"{number} {OURS} the department")
            check_number(document.source, here, number, rules, notes)


OURS = "is our own number: its calls would come back to us; name one of"


def check_number(source: Source, path: Path_, number: str, rules: Outside, notes: Notes) -> None:
    """A number that the switchboard is to dial must be an allowed destination."""
    if unlisted(number, rules) is not None:
        allowed = ", ".join(one.prefix for one in rules.destinations)
        message = (
            f"{number} may not be dialled: outside.destinations in centre.yaml allows only numbers that begin with "
            f"{allowed}, and costly ones only by a prefix of their own; list its prefix there"
        )
        notes.problem(source, path, message)
