"""Several hosts that hold the same database: one that takes writing, and its standbys.

Which one that is changes when a standby is promoted; connections that stood are dead then, and each new one finds out.
asyncpg tries hosts in their order, too, but all of them within one patience: a machine without power would take all of it.
"""

from collections.abc import Sequence
from typing import Any

import asyncpg
from asyncpg.exceptions import TargetServerAttributeNotMatched

Place = tuple[str, int]


class Hosts:
    """Makes connections to whichever of ``places`` takes writing; the one that did last is asked first.

    ``wanted``: further arguments of `asyncpg.connect`. ``patience_s``: for each of them.
    """

    def __init__(self, places: Sequence[Place], patience_s: float, **wanted: Any) -> None:
        self._places = list(places)
        self._patience_s = patience_s
        self._wanted = wanted

    async def connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """Raises ConnectionError when none of them takes writing; it says of each why."""
        reasons = []
        for place in list(self._places):
            host, port = place
            try:
                connection = await asyncpg.connect(
                    host=host,
                    port=port,
                    timeout=self._patience_s,
                    target_session_attrs="read-write",
                    **self._wanted,
                )
            except TargetServerAttributeNotMatched:
                reasons.append(f"{host}:{port}: takes no writing, it is a standby")
            except (OSError, TimeoutError, asyncpg.PostgresError) as error:
                reasons.append(f"{host}:{port}: {error or type(error).__name__}".splitlines()[0])
            else:
                self._places.remove(place)
                self._places.insert(0, place)
                return connection
        raise ConnectionError("; ".join(reasons))
