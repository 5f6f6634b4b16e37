"""The IVR interpreter: walks a caller through a flow.

Rules
-----
* The interpreter holds no clock and starts nothing. It is told what happened (`Entered`, `Played`, `Key`, `Silence`)
  and answers with what to do next and with the steps that the caller has taken (1.2.5: every node passed, key
  pressed, time-out and wrong key is counted per menu).
* Nodes that need no caller (hours, the end of a message) are passed in the same breath, so an answer always ends in
  something that waits (`Speak`) or something that leaves the IVR (`Leave`).
* A flow that was checked by ``ctl ivr check`` cannot loop without a caller's part in it; should an unchecked one do
  so, the walk stops after `MOST_NODES` nodes and leaves by `Lost`.
"""

from dataclasses import dataclass

from ctl.switchboard.ids import DepartmentCode, FlowName, Millis, NodeName, PromptName, QueueName

MOST_NODES = 100


@dataclass(frozen=True, slots=True)
class Position:
    """Where a caller stands: at ``node`` since ``entered_at``, on the ``attempt``-th try of a menu (from 1)."""

    flow: FlowName
    node: NodeName
    entered_at: Millis
    attempt: int = 1
    menu: str | None = None
    """The business menu chosen so far."""


# What happened -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Played:
    """All that was to be said has been said."""


@dataclass(frozen=True, slots=True)
class Key:
    digit: str


@dataclass(frozen=True, slots=True)
class Silence:
    """The menu's time-out has passed without a key."""


@dataclass(frozen=True, slots=True)
class Unreached:
    """No number of the department answered (`ToDepartment.otherwise`)."""


Input = Played | Key | Silence | Unreached

# What to do ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Speak:
    """Stop what is being said, say ``prompts``, then wait ``listen_ms`` for a key (None: no key is awaited)."""

    prompts: tuple[PromptName, ...]
    listen_ms: Millis | None = None


@dataclass(frozen=True, slots=True)
class Leave:
    """The caller leaves the IVR for exactly one of: a queue, a department, a closing message, the end."""

    queue: QueueName | None = None
    department: DepartmentCode | None = None
    closing: tuple[PromptName, ...] | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One node passed: counted per menu. ``outcome``: passed | key | timeout | invalid | given_up | abandoned."""

    node: NodeName
    kind: str
    outcome: str
    key: str | None
    menu: str | None
    entered_at: Millis
    left_at: Millis


@dataclass(frozen=True, slots=True)
class Walk:
    """The interpreter's answer. ``do`` is None when the input changes nothing (a key where none is awaited)."""

    position: Position
    do: Speak | Leave | None
    steps: tuple[Step, ...] = ()
