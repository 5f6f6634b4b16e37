"""Names at the border with Asterisk that the rendered configuration and the programs that talk to it must agree on."""

from collections.abc import Sequence

from ctl.switchboard.ids import Extension, QueueName
from ctl.switchboard.plan import Plan

APPLICATION = "ctl"
"""The Stasis application: every call is handed to it."""

ARI_USER = "ctl"
AMI_USER = "ctl"
AMI_SENTINEL_USER = "sentinel"
AMI_DEPLOY_USER = "deploy"

AMI_EVENTS = (
    "FullyBooted",
    "Shutdown",
    "Reload",
    "DeviceStateChange",
    "ContactStatus",
    "QueueMemberAdded",
    "QueueMemberRemoved",
    "QueueMemberStatus",
    "QueueCallerJoin",
    "QueueCallerLeave",
    "QueueCallerAbandon",
    "AgentCalled",
    "AgentConnect",
    "AgentComplete",
    "UserEvent",
)
"""What the switchboard's AMI user hears. Calls themselves are told by ARI."""

FALLBACK_CONTEXT = "fallback"
"""The sentinel redirects a rescued caller here; extension: the dialled number."""
RETURNING_CONTEXT = "returning"
"""The switchboard, back again, redirects callers who wait in the fallback here; extension: the dialled number."""
FALLBACK_EVENT = "CtlFallbackEnded"
"""AMI UserEvent (header ``Call``): a line was added to the fallback's log."""
FALLBACK_LOG = ("asterisk", "log", "fallback.jsonl")
"""Below the centre's home: one JSON object per call that the fallback ended, fields of `CallServedElsewhere`."""


def member_interface(extension: Extension) -> str:
    """What a fallback queue rings for an operator: both telephones at once."""
    return f"Local/{extension}@operators/n"


def member_state(extension: Extension) -> str:
    """The device whose state tells a fallback queue whether the operator can be rung."""
    return f"hint:{extension}@operators"


def memberships(plan: Plan, extension: Extension) -> Sequence[tuple[QueueName, int]]:
    """The fallback queues that an operator serves, each with the penalty (the skill's level: smaller is rung first).

    An operator whom only a later stage would admit is a member too: when the control plane is away, any who can is
    better than none. Empty for an extension that the plan does not know.
    """
    profile = plan.operators.get(extension)
    if profile is None:
        return ()
    skills = profile.skills
    found: list[tuple[QueueName, int]] = []
    for queue in plan.queues.values():
        fitting = [
            skills[stage.group]
            for stage in queue.stages
            if stage.group in skills and skills[stage.group] <= stage.max_level
        ]
        if fitting:
            found.append((queue.name, min(fitting)))
    return tuple(found)
