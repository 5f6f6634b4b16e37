"""Draws the table of ``docs/access.md`` from the policy in the code: ``python -m docs.draw_access``."""

import re
from pathlib import Path

from ctl.security.policy import MEANING, TABLE, Action, Reach, Role

PAGE = Path(__file__).with_name("access.md")
BEGIN, END = "<!-- drawn by `make diagrams` -->", "<!-- end -->"
SIGNS = {Reach.NONE: "", Reach.OWN: "own", Reach.GROUP: "group", Reach.ALL: "all"}


def drawn() -> str:
    lines = ["| action | " + " | ".join(Role) + " |", "|---" * (len(Role) + 1) + "|"]
    for action in Action:
        reaches = (SIGNS[TABLE[action].get(role, Reach.NONE)] for role in Role)
        lines.append(f"| `{action}` {MEANING[action]} | " + " | ".join(reaches) + " |")
    return f"{BEGIN}\n" + "\n".join(lines) + f"\n{END}"


if __name__ == "__main__":
    text = PAGE.read_text(encoding="utf-8")
    PAGE.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: drawn(), text, flags=re.DOTALL), encoding="utf-8")
