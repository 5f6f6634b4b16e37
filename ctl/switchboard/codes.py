"""Feature codes: what an operator dials or keys, as a wish. Pure text in, `Coded` out."""

from dataclasses import dataclass

from ctl.switchboard.events import Do
from ctl.switchboard.plan import Plan


@dataclass(frozen=True, slots=True)
class Coded:
    do: Do
    argument: str | None = None


@dataclass(frozen=True, slots=True)
class Wrong:
    """No code begins like this, or its argument is not one."""


def parse(keys: str, plan: Plan, dialled: bool) -> Coded | Wrong | None:
    """Read a feature code. None: more keys are needed.

    ``dialled``: the keys came as one dialled number, so they are complete as they are; during a call a department's
    code ends with ``#``.
    """
    codes = plan.features
    plain = {
        codes.login: Do.LOGIN,
        codes.logout: Do.LOGOUT,
        codes.ready: Do.READY,
        codes.wrap_up_done: Do.WRAP_UP_DONE,
        codes.hold: Do.HOLD,
        codes.complete: Do.COMPLETE,
        codes.cancel: Do.CANCEL,
        codes.three_way: Do.THREE_WAY,
        codes.next_number: Do.NEXT_NUMBER,
    }
    if keys in plain:
        return Coded(plain[keys])
    if dialled and keys.startswith(codes.login):
        return Coded(Do.LOGIN, keys.removeprefix(codes.login))
    if keys.startswith(codes.not_ready):
        return _not_ready(keys.removeprefix(codes.not_ready), plan, dialled)
    for code, do in ((codes.consult, Do.CONSULT), (codes.transfer, Do.TRANSFER)):
        if keys.startswith(code):
            return _department(do, keys.removeprefix(code), dialled)
    if keys.startswith(codes.pick_up):
        whom = keys.removeprefix(codes.pick_up)
        return Coded(Do.PICK_UP, whom) if whom and dialled else Wrong()
    supervising = {
        codes.listen: Do.LISTEN,
        codes.whisper: Do.WHISPER,
        codes.barge: Do.BARGE,
        codes.take_over: Do.TAKE_OVER,
    }
    for code, do in supervising.items():
        if keys.startswith(code):
            whom = keys.removeprefix(code)
            # Whoever dials names the operator; whoever is connected already only changes over.
            return Coded(do, whom or None) if bool(whom) is dialled else Wrong()
    longer = (*plain, *supervising, codes.not_ready, codes.consult, codes.transfer)
    return None if not dialled and any(code.startswith(keys) for code in longer) else Wrong()


def _not_ready(digit: str, plan: Plan, dialled: bool) -> Coded | Wrong | None:
    if not digit:
        return Wrong() if dialled else None
    reasons = tuple(plan.not_ready_reasons)
    if not (digit.isascii() and digit.isdecimal() and 1 <= int(digit) <= len(reasons)):
        return Wrong()
    return Coded(Do.NOT_READY, reasons[int(digit) - 1])


def _department(do: Do, rest: str, dialled: bool) -> Coded | Wrong | None:
    complete = rest.endswith("#")
    code = rest.removesuffix("#")
    if not complete and not dialled:
        return None
    return Coded(do, code) if code else Wrong()
