"""``centre.yaml`` → reasons for not being ready, feature codes, the trunk."""

from dataclasses import dataclass

from ctl.config.fields import milliseconds
from ctl.config.files import CentreFile
from ctl.config.folder import Document
from ctl.config.notes import Notes
from ctl.config.source import Path_
from ctl.switchboard.ids import Millis, Number
from ctl.switchboard.operator import AUTOMATIC_REASONS
from ctl.switchboard.plan import FeatureCodes, Trunk


@dataclass(frozen=True)
class Centre:
    not_ready_reasons: dict[str, str]
    features: FeatureCodes
    trunk: Trunk
    wrap_up: bool
    silence_ms: Millis = 2_500
    pause_ms: Millis | None = None


def compile_centre(document: Document[CentreFile], notes: Notes) -> Centre:
    source, shape = document.source, document.shape
    for reason in shape.not_ready_reasons:
        if reason in AUTOMATIC_REASONS:
            message = f"{reason!r} is a reason that the switchboard gives itself; choose another name"
            notes.problem(source, ("not_ready_reasons", reason), message)
    codes = shape.features.model_dump()
    entries: list[tuple[Path_, str]] = [(("features", name), code) for name, code in codes.items()]
    notes.once(source, entries, "feature code")
    trunk, telephones = shape.trunk, shape.telephones
    pause = telephones.pause_after_refusal_seconds
    return Centre(
        dict(shape.not_ready_reasons),
        FeatureCodes(**codes),
        Trunk(trunk.limit, milliseconds(trunk.ring_timeout_seconds), Number(trunk.caller_id)),
        shape.wrap_up,
        milliseconds(telephones.silence_seconds),
        milliseconds(pause) if pause is not None else None,
    )
