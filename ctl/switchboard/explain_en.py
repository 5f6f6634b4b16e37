"""What `explain` says, in English: for the command line."""

from ctl.switchboard.events import Cause
from ctl.switchboard.facts import (
    CallbackResult,
    Forwarding,
    HandoffResult,
    LegRole,
    OfferResult,
    Outcome,
    SupervisionKind,
    WrapUpEnd,
)
from ctl.switchboard.ids import Millis
from ctl.switchboard.phrases import Phrases
from ctl.switchboard.plan import OverflowWhen


def span(ms: Millis) -> str:
    """A duration for people: ``4.2 s``, ``10 min 6 s``, ``2 h 5 min``."""
    seconds = ms / 1000
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


HEAD = "was set not ready; the caller is at the head of the queue again"

ENGLISH = Phrases(
    span=span,
    arrived="a call to {called} ({service})",
    arrived_in_vain="a call to {called}, a number that is not ours",
    dialled="{operator} called {called}",
    pressed_code="{operator} dialled the code {called}",
    chose="the caller pressed {key} at {node}",
    chose_menu="the caller pressed {key} at {node}, which chose the menu {menu}",
    wrong_key="the caller pressed {key} at {node}, which means nothing there",
    no_key="no key came at {node}",
    gave_up="no usable key came at {node}: on with the node for that case",
    left_in_menu="the caller hung up at {node}",
    hours="the opening hours asked by {node} decided the way",
    queued="entered the queue {queue}, priority {priority}, {ahead}",
    queued_with_menu="entered the queue {queue} with the menu {menu}, priority {priority}, {ahead}",
    nobody_ahead="nobody ahead",
    some_ahead="{count} ahead",
    kept_place="; it keeps the place of the same caller's call {call}",
    overflow_because={
        OverflowWhen.WAITED: "{waited} of waiting in it are over",
        OverflowWhen.CROWD: "{waiting} waited for {at_work} operators at work",
        OverflowWhen.NOBODY: "nobody who could ever serve it was logged in",
        OverflowWhen.FULL: "{waiting} were waiting in it, which is all it holds",
        OverflowWhen.CLOSED: "its hours are over",
    },
    overflow_to_queue="overflow rule {rule} of the queue {queue} ({because}): on to the queue {to}",
    overflow_to_department="overflow rule {rule} of the queue {queue} ({because}): on to the department {to}",
    overflow_to_message="overflow rule {rule} of the queue {queue} ({because}): told so, and no further",
    waited="had waited {waited}: nobody who fits was free for this caller before",
    offered="offered to {operator} after {waited} of waiting: {idle}, {why}",
    longest="the longest idle of {count} who fitted",
    only="the only one who fitted",
    preferred="the one who served this number last",
    idle="idle since {since} ({lasted}), skill level {level}",
    other="{operator} fitted too, but was idle for less long: {idle}",
    other_beside="{operator} fitted too, but had not served this number last: {idle}",
    unfit="{operator} did not get it: {reason}",
    unfit_because={
        "offered": "another call was ringing there",
        "talking": "was in a call",
        "wrap_up": "was in wrap-up",
        "not_ready": "was not ready",
        "unreachable": "the telephone was not reachable",
        "telephone_occupied": "the telephone was occupied",
        "no_skill": "has no skill for this queue at this stage of waiting",
        "not_in_plan": "is no longer configured",
    },
    offer_ended={
        OfferResult.ANSWERED: "{operator} answered",
        OfferResult.RING_TIMEOUT: "{operator} did not answer in time and " + HEAD,
        OfferResult.REFUSED: "{operator} declined and " + HEAD,
        OfferResult.UNREACHABLE: "{operator} could not be reached and " + HEAD,
        OfferResult.CALLER_GONE: "{operator} was still ringing when the caller hung up; the operator stays ready",
        OfferResult.WITHDRAWN: "the offer to {operator} was taken back; the caller is at the head of the queue again",
    },
    wrap_up_ended={
        WrapUpEnd.DONE: "{operator} finished the wrap-up after {lasted}",
        WrapUpEnd.SAVED: "{operator} saved the record: the wrap-up was over after {lasted}",
        WrapUpEnd.OVER: "the time for the wrap-up of {operator} was over after {lasted}",
        WrapUpEnd.RELEASED: "{by} ended the wrap-up of {operator} after {lasted}: {reason}",
        WrapUpEnd.LOGGED_OUT: "{operator} logged out in the wrap-up, after {lasted}",
    },
    held="put on hold for {lasted}",
    three_way="all three talked for {lasted}",
    consulted="{by} called the department {department} at {number}",
    transferred="{by} sent the citizen without confirmation to the department {department} at {number}",
    the_menu="the menu",
    consult_in_vain="the department {department} at {number} {result} after {rang}",
    consult_ended="the department {department} at {number} answered after {rang}; after {spoke} more it {result}",
    handoff_ended={
        HandoffResult.COMPLETED: "agreed, and the citizen was connected",
        HandoffResult.BUSY: "was busy",
        HandoffResult.NO_ANSWER: "did not answer",
        HandoffResult.REFUSED: "refused the call",
        HandoffResult.UNREACHABLE: "could not be reached",
        HandoffResult.CANCELLED: "was let go: the operator took the citizen back",
        HandoffResult.DEPARTMENT_LEFT: "hung up before the citizen was connected",
        HandoffResult.CITIZEN_LEFT: "was let go: the citizen had hung up",
    },
    supervised={
        SupervisionKind.LISTEN: "{supervisor} listened to {operator} for {lasted}: {reason}",
        SupervisionKind.WHISPER: "{supervisor} listened and could talk to {operator} alone for {lasted}: {reason}",
        SupervisionKind.BARGE: "{supervisor} took part in the conversation of {operator} for {lasted}: {reason}",
        SupervisionKind.TAKE_OVER: "{supervisor} took the call over from {operator}: {reason}",
    },
    pulled="given to {operator} by {by} after {waited} of waiting",
    moved="{by} put the caller into the queue {queue}, priority {priority}",
    callback_promised="a call-back was promised in the queue {queue}, at the place of {place}, until {until}",
    callback_tried="attempt {attempt}: {operator} was connected, the citizen was not reached{cause}{again}",
    callback_reached="attempt {attempt}: the citizen answered and talked with {operator}",
    callback_again="; to be tried again from {next} on",
    callback_ended={
        CallbackResult.ANSWERED: "the call-back was made: the promise is kept",
        CallbackResult.GAVE_UP: "the call-back was given up after {attempts} attempts",
        CallbackResult.EXPIRED: "the call-back expired with the closing time, after {attempts} attempts",
        CallbackResult.CANCELLED: "the call-back was cancelled by {by}",
        CallbackResult.CALLED_AGAIN: "the citizen called again, so that no call-back is owed any more",
    },
    leg_ended="the {role} {party} was disconnected after {lasted}{cause}",
    roles={
        LegRole.CITIZEN: "citizen",
        LegRole.OPERATOR: "operator",
        LegRole.DEPARTMENT: "department",
        LegRole.OUTSIDE: "outside party",
    },
    causes={
        Cause.NORMAL: "",
        Cause.BUSY: " (busy)",
        Cause.NO_ANSWER: " (no answer)",
        Cause.REFUSED: " (refused)",
        Cause.UNREACHABLE: " (not reachable)",
        Cause.CONGESTED: " (no line was free)",
        Cause.CANCELLED: " (cancelled)",
        Cause.LOST: " (lost: a restart or a failure)",
    },
    in_mode="the mode {mode} was in force",
    notice_said="a short message to all callers was said",
    forwarded={
        Forwarding.MODE: "sent to the second site {site}, as the mode says{permitted}",
        Forwarding.NOBODY: "sent to the second site {site}, because nobody was logged in{permitted}",
    },
    with_permission=" (permitted by {permitted_by})",
    refused="the command {command} was not carried out: {message}",
    ended="ended by the {party}: {outcome}",
    nobody_free="; no operator who fits was free all the time",
    parties={"outside": "outside party", "pbx": "PBX"},
    outcomes={
        Outcome.ANSWERED: "an operator answered",
        Outcome.HANDED_OFF: "handed off to a department",
        Outcome.FORWARDED: "answered at the second site",
        Outcome.ABANDONED_IVR: "given up in the menu",
        Outcome.ABANDONED_QUEUE: "given up in the queue",
        Outcome.ABANDONED_RINGING: "given up while a telephone was ringing",
        Outcome.CALLBACK: "asked to be called back",
        Outcome.CLOSED: "heard the closing message",
        Outcome.OVERFLOWED: "told that the queue could not serve the caller",
        Outcome.REFUSED: "the number is not served here",
        Outcome.FALLBACK: "served by the fallback queue while the control plane was away",
        Outcome.LOST: "cut off on our side",
    },
    over="over",
)
