"""The phases of a call: every move there is, in one table. The diagram in the documentation is drawn from it.

Reading: from a phase, to a phase, because of what. A call may leave every phase by ending (the citizen hangs up, the
PBX loses it, somebody commands it); those ends are not listed. ``elsewhere`` may be entered from every phase in which
the citizen is alone: the sentinel rescued the caller while we were away.
"""

from collections.abc import Mapping

from ctl.switchboard.floor import Phase

BEGIN: Mapping[Phase, str] = {
    Phase.IVR: "a citizen calls",
    Phase.CLOSING: "the number is not ours, or an operator dialled a feature code",
    Phase.DIALLING: "an operator calls somebody, or a supervisor's telephone is rung",
    Phase.SUPERVISING: "a supervisor dialled the code for it",
    Phase.WAITING: "a citizen is back from the PBX's own queue",
    Phase.PROMISED: "a caller has asked to be called back",
}

MOVES: Mapping[Phase, Mapping[Phase, str]] = {
    Phase.IVR: {
        Phase.WAITING: "the flow leads to a queue",
        Phase.REACHING: "the flow leads to a department, or the mode to a second site",
        Phase.CLOSING: "the flow ends with a message, or the queue takes nobody",
        Phase.ELSEWHERE: "rescued",
    },
    Phase.REACHING: {
        Phase.HANDED_OFF: "the department answers",
        Phase.REACHING: "its next number is tried",
        Phase.IVR: "no number answers: the flow goes on",
        Phase.WAITING: "no number answers: back to the head of the queue",
        Phase.CLOSING: "no number answers and there is no queue",
        Phase.ELSEWHERE: "rescued",
    },
    Phase.WAITING: {
        Phase.RINGING: "an operator is free",
        Phase.CLOSING: "overflow to a message, or the queue is gone",
        Phase.REACHING: "overflow to a department, or to a second site",
        Phase.CONFIRMING: "the caller would rather be called back",
        Phase.ELSEWHERE: "rescued",
    },
    Phase.RINGING: {
        Phase.TALKING: "the operator answers",
        Phase.WAITING: "declined, rung in vain, unreachable, or withdrawn",
        Phase.PROMISED: "the same, of a call-back",
        Phase.DIALLING: "the operator answers, and the citizen is called back",
        Phase.PREVIEW: "the operator answers, and looks first",
        Phase.ELSEWHERE: "rescued",
    },
    Phase.TALKING: {
        Phase.HELD: "hold",
        Phase.CONSULT_RINGING: "consult",
        Phase.REACHING: "direct transfer",
        Phase.WAITING: "the operator's telephone died, or the operator hung up as the citizen answered",
        Phase.CLOSING: "the operator's telephone died and there is no queue",
        Phase.ELSEWHERE: "rescued",
    },
    Phase.HELD: {
        Phase.TALKING: "resume",
        Phase.CONSULT_RINGING: "consult",
        Phase.REACHING: "direct transfer",
        Phase.WAITING: "the operator hung up",
        Phase.CLOSING: "the operator hung up and there is no queue",
        Phase.ELSEWHERE: "rescued",
    },
    Phase.CONSULT_RINGING: {
        Phase.CONSULTING: "the department answers",
        Phase.HELD: "busy, no answer, refused: the operator is told",
        Phase.TALKING: "cancel",
        Phase.CONSULT_RINGING: "next number",
        Phase.WAITING: "the operator hung up",
        Phase.ELSEWHERE: "rescued",
    },
    Phase.CONSULTING: {
        Phase.HANDED_OFF: "complete, or the operator hangs up",
        Phase.THREE_WAY: "three-way",
        Phase.TALKING: "cancel, or the department hangs up",
        Phase.HELD: "cancel by telephone: the operator is told",
        Phase.WAITING: "the operator's telephone died",
        Phase.CLOSING: "the operator's telephone died and there is no queue",
        Phase.ELSEWHERE: "rescued",
    },
    Phase.THREE_WAY: {
        Phase.HANDED_OFF: "complete, or the operator hangs up",
        Phase.TALKING: "cancel, or the department hangs up",
        Phase.HELD: "cancel by telephone: the operator is told",
        Phase.ELSEWHERE: "rescued",
    },
    Phase.HANDED_OFF: {
        Phase.WAITING: "the department hangs up together with the operator",
        Phase.CLOSING: "the same, and there is no queue",
        Phase.ELSEWHERE: "rescued",
    },
    Phase.DIALLING: {
        Phase.TALKING: "the other end answers",
        Phase.CLOSING: "it does not: the operator is told",
        Phase.SUPERVISING: "the supervisor answers",
        Phase.PROMISED: "the citizen does not: the call-back is tried later",
    },
    Phase.CONFIRMING: {
        Phase.WAITING: "no number was confirmed: the caller keeps waiting",
        Phase.CLOSING: "the number is confirmed: the place is kept",
        Phase.ELSEWHERE: "rescued",
    },
    Phase.PROMISED: {Phase.RINGING: "its turn has come and an operator is free"},
    Phase.PREVIEW: {
        Phase.DIALLING: "the operator has the citizen called",
        Phase.PROMISED: "the operator does not",
    },
    Phase.SUPERVISING: {},
    Phase.CLOSING: {Phase.ELSEWHERE: "rescued"},
    Phase.ELSEWHERE: {
        Phase.WAITING: "the caller is back",
        Phase.CLOSING: "the caller is back, and overflow leads to a message",
        Phase.REACHING: "the caller is back, and overflow leads to a department, or to a second site",
    },
}
"""From, to, why. A phase that is entered again has begun anew (the next number, the next announcement)."""
