"""What `tools.assets` built for browsers: a template asks for `asset("floor.js")` and gets the file's address.

The file's name changes with its content, so browsers may keep it for ever.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from aiohttp import web

ADDRESS = "/static/built/"
FOR_EVER = "public, max-age=31536000, immutable"


class NotBuilt(Exception):
    """This copy of the program has no built screens; an installed wheel always has."""


class Assets:
    """The files under ``built`` by the names that templates use. Raises `NotBuilt`."""

    def __init__(self, built: Path) -> None:
        try:
            self._files: Mapping[str, str] = json.loads((built / "manifest.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise NotBuilt(f"{built} holds no built screens: run `make assets`") from None

    def __call__(self, name: str) -> str:
        """The address of a file. Raises KeyError for a name that was not built."""
        return ADDRESS + self._files[name]


async def keep(request: web.Request, response: web.StreamResponse) -> None:
    """Let browsers keep what never changes under its name."""
    if request.path.startswith(ADDRESS) and response.status < 400:
        response.headers["Cache-Control"] = FOR_EVER
