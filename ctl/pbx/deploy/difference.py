"""What would change, as people read it: a unified difference in which no secret can be read."""

import difflib
import re
from collections.abc import Iterator, Mapping

MASK = "********"
_SECRET = re.compile(r"^([ +-]?\s*(?:password|secret|refresh_token)\s*=>?\s*)(.+)$")


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """Names of the files that are new, gone or different."""
    return tuple(name for name in sorted({*before, *after}) if before.get(name) != after.get(name))


def difference(before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    """Lines of a unified difference over all files, secrets masked: one that changed shows only that it did."""
    for name in changed(before, after):
        old, new = before.get(name, ""), after.get(name, "")
        named = (f"current/{name}" if name in before else "/dev/null", f"new/{name}" if name in after else "/dev/null")
        for line in difflib.unified_diff(old.splitlines(), new.splitlines(), *named, lineterm="", n=2):
            yield masked(line)


def masked(line: str) -> str:
    """The line with a secret's value taken away."""
    return _SECRET.sub(rf"\g<1>{MASK}", line)
