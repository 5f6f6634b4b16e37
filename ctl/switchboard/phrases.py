"""What a language must be able to say of a call: the table that `explain` fills in. One module for each language."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from ctl.switchboard.ids import Millis


@dataclass(frozen=True, slots=True)
class Phrases:
    """Sentences are templates for `str.format`; a language uses of the named values what it needs."""

    span: Callable[[Millis], str]
    """A duration for people."""

    # called, service, operator
    arrived: str
    arrived_in_vain: str
    """The number is not ours."""
    dialled: str
    pressed_code: str
    """A feature code."""

    # node, key, menu
    chose: str
    chose_menu: str
    wrong_key: str
    no_key: str
    gave_up: str
    left_in_menu: str
    hours: str

    # queue, menu, priority, ahead; then count
    queued: str
    queued_with_menu: str
    nobody_ahead: str
    some_ahead: str
    kept_place: str
    """call: added where the place of an earlier call is kept"""

    # queue, rule, because (of waited, waiting, at_work), to
    overflow_because: Mapping[str, str]
    overflow_to_queue: str
    overflow_to_department: str
    overflow_to_callback: str
    overflow_to_message: str

    # parts (of position, minutes), joined
    told_wait: str
    told_position: str
    told_minutes: str
    told_minutes_beyond: str
    told_surge: str
    told_after_hours: str
    told_join: str

    # operator, waited, why (of count), idle (since, lasted, level), reason
    waited: str
    offered: str
    longest: str
    only: str
    preferred: str
    idle: str
    other: str
    other_beside: str
    """operator, idle: of an offer to the preferred operator"""
    unfit: str
    unfit_because: Mapping[str, str]
    offer_ended: Mapping[str, str]

    # operator, lasted, by, reason
    wrap_up_ended: Mapping[str, str]

    # lasted
    held: str
    three_way: str

    # by, department, number, rang, spoke, result
    consulted: str
    transferred: str
    the_menu: str
    consult_in_vain: str
    consult_ended: str
    handoff_ended: Mapping[str, str]

    # supervisor, operator, lasted, reason
    supervised: Mapping[str, str]
    picked_up: str
    """operator, colleague, waited"""
    pulled: str
    """operator, by, waited: given to a named operator"""
    moved: str
    """queue, by, priority: somebody moved the caller or changed the priority"""

    # number is never told: queue, place, until; attempt, operator, cause, next; attempts, by
    callback_promised: str
    callback_tried: str
    callback_reached: str
    callback_again: str
    """next: when it may be tried again"""
    callback_ended: Mapping[str, str]

    # role, party, lasted, cause
    leg_ended: str
    roles: Mapping[str, str]
    causes: Mapping[str, str]

    # mode; then site, permitted (permitted_by)
    in_mode: str
    notice_said: str
    forwarded: Mapping[str, str]
    with_permission: str

    # operator, number, kind, why
    not_dialled: str
    number_kinds: Mapping[str, str]
    not_dialled_because: Mapping[str, str]

    # command, message
    refused: str

    # party, outcome
    ended: str
    nobody_free: str
    parties: Mapping[str, str]
    outcomes: Mapping[str, str]
    over: str
    """The outcome of a call that no citizen made."""
