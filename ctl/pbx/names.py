"""Names at the border with Asterisk that the rendered configuration and the programs that talk to it must agree on."""

import re

from ctl.switchboard.ids import CallId, Extension, QueueName

APPLICATION = "ctl"
"""The Stasis application: every call is handed to it."""

ARI_USER = "ctl"
AMI_USER = "ctl"
AMI_SENTINEL_USER = "sentinel"
AMI_DEPLOY_USER = "deploy"

TRUNK = "carrier"
"""Endpoint, and registration, of the carrier."""
TRUNK_ASKED = "carrier-asked"
"""The endpoint at which he is asked whether he is there; nothing dials it."""
NOBODY = "nobody"
"""The endpoint of whoever says that he is to be reached by way of another (``maddr``): it may do nothing."""

AMI_EVENTS = (
    "FullyBooted",
    "Shutdown",
    "DeviceStateChange",
    "Newchannel",
    "Hangup",
    "QueueCallerJoin",
    "Registry",
    "UserEvent",
    "ChallengeResponseFailed",
    "InvalidPassword",
    "InvalidAccountID",
    "FailedACL",
)
"""What the switchboard's AMI user hears, the last four because somebody may be trying doors. Calls themselves are told by ARI."""

QUALIFY_EVERY_S = 10
"""How often Asterisk asks each telephone whether it is there (OPTIONS)."""
QUALIFY_TIMEOUT_S = 3
"""How long it waits for the answer. A telephone that vanished without a word is noticed within the sum of both."""
TRUNK_EVERY_S = 10
"""The same of the carrier."""
TRUNK_TIMEOUT_S = 4
"""Over UDP the question is sent four times by then, so a gap of three seconds is none."""
REGISTERED_FOR_S = 300
"""For how long we ask the carrier to have us in his register: after so long it is noticed that he does not any more."""
REGISTER_AGAIN_S = 30
"""Refused or not answered, it is tried again after so long, for ever."""

HTTP_SESSIONS = 500
"""Connections that Asterisk's HTTP server has at a time: one that lasts for each browser's telephone, beside ARI's own."""

RECORDINGS = "/centre/recordings"
"""Where recordings lie as Asterisk sees it; ``<leg>-rx.wav`` is what the leg said, ``<leg>-tx.wav`` what it heard."""
RECORDED = "CTL_RECORDED"
"""Channel variable of a leg whose recording we started; it says so to a switchboard that comes after us."""

MADE_CONTEXT = "made"
MADE_EXTENSION = "s"
"""Where a leg outside goes when it has answered: it is handed to us, at once or as soon as we are there again."""
MADE = "made"
"""The Stasis argument with which a leg that we made is handed to us."""

ARRIVAL_CONTEXT = "from-trunk"
"""Here citizens' calls come in; extension: the dialled number."""
HANGUP = "h"
"""Here is a channel whose telephone has hung up, until it is cleared away (extension of any context)."""
FALLBACK_CONTEXT = "fallback"
"""The sentinel redirects a rescued caller here. Extension: the dialled number, unless the channel knows it already."""
WAITING_CONTEXT = "fallback-waiting"
"""Whoever was let in there waits here, from the announcement on."""
RETURNING_CONTEXT = "returning"
"""The switchboard, back again, redirects callers who wait in the fallback here; any extension will do."""
MODE_KEY = ("ctl", "mode")
"""Family and key in Asterisk's database: the mode in force, ``normal`` for the normal one."""
NOTICE_FAMILY = "ctl-notice"
"""Family in Asterisk's database: number → sounds of the short messages that its callers hear."""
FALLBACK_EVENT = "CtlFallbackEnded"
"""AMI UserEvent (header ``Call``): a line was added to the fallback's log."""
FALLBACK_LOG = ("asterisk", "log", "fallback.jsonl")
"""Below the centre's home: one JSON object per call that the fallback ended, fields of `CallServedElsewhere`."""
NOTICES = ("asterisk", "log", "notices.jsonl")
"""Below the centre's home: what Asterisk's log says, each notice a line (see `ctl.pbx.notices`)."""
FALLBACK_POSITION = ("journal", "fallback.position")
"""Below the centre's home: how much of it the switchboard has told."""


def made_by_us(name: str) -> bool:
    """Whether a channel's name is one that the switchboard gave: ``<call>.l3``, never a name of Asterisk's own."""
    return _MADE_BY_US.search(name) is not None


def call_of_bridge(name: str) -> CallId:
    """Of ``<call>.b3`` the call."""
    return CallId(_MADE_BY_US.sub("", name))


_MADE_BY_US = re.compile(r"\.[a-z]\d+$")


FALLBACK_QUEUES = "fallback-"


def fallback_queue(queue: QueueName) -> str:
    """What Asterisk calls a queue of the plan. Prefixed: a section ``general`` would be no queue there."""
    return f"{FALLBACK_QUEUES}{queue}"


def is_fallback_queue(name: str) -> bool:
    """Whether Asterisk's queue of this name is one of ours; an administrator may have others."""
    return name.startswith(FALLBACK_QUEUES)


def member_interface(extension: Extension) -> str:
    """What a fallback queue rings for an operator: both telephones at once."""
    return f"Local/{extension}@operators/n"


def member_state(extension: Extension) -> str:
    """The device whose state tells a fallback queue whether the operator can be rung."""
    return f"hint:{extension}@operators"
