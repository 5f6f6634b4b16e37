"""Draws ``docs/states.md`` from the tables of the switchboard: ``python -m docs.draw_states``."""

from pathlib import Path

from ctl.switchboard.operator_wish import TRANSITIONS
from ctl.switchboard.phases import BEGIN, MOVES

PAGE = Path(__file__).with_name("states.md")
HEAD = """# States

Drawn from the tables in the code by `make diagrams`; a test holds the two together.
"""


def call() -> str:
    lines = ["stateDiagram-v2"]
    lines += [f"    [*] --> {phase.value}: {why}" for phase, why in BEGIN.items()]
    lines += [
        f"    {phase.value} --> {to.value}: {why}"
        for phase, moves in MOVES.items()
        for to, why in moves.items()
        if why != "rescued"
    ]
    return "\n".join(lines)


def operator() -> str:
    lines = ["stateDiagram-v2", "    [*] --> logged_out"]
    lines += [f"    {state.value} --> {to.value}: {wish.value}" for (state, wish), to in TRANSITIONS.items()]
    lines += [
        "    ready --> offered: the longest idle who fits",
        "    offered --> talking: answers",
        "    offered --> ready: the caller left, or the offer was withdrawn",
        "    offered --> not_ready: rang in vain, declined",
        "    offered --> unreachable: the telephone is silent, lost, or cannot be called",
        "    ready --> unreachable: the telephone is lost",
        "    unreachable --> ready: the telephone is back",
        "    unreachable --> not_ready: the telephone is there and takes no call",
        "    not_ready --> ready: the pause after declining is over",
        "    talking --> wrap_up: the citizen's call is over for the operator",
        "    wrap_up --> ready: its time is over",
        "    wrap_up --> not_ready: it is over, and not-ready was asked for meanwhile",
        "    ready --> talking: a call of one's own",
        "    talking --> ready: a call of one's own is over",
    ]
    return "\n".join(lines)


def page() -> str:
    return f"""{HEAD}
## A call

Every phase may also end the call, and a caller who is alone may be rescued into the PBX's own queue (`elsewhere`).
Who hears whom in each phase stands in `ctl/switchboard/media.py`.

```mermaid
{call()}
```

## An operator

"Idle since" is the moment the operator became ready; an offer that came to nothing does not restart it. What ends a
wrap-up, and what becomes of telephones that do not answer, stands in [operators.md](operators.md).

```mermaid
{operator()}
```
"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
