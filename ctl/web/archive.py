"""What the screens need of the records in Postgres, and what they say when it is away.

The records themselves and their SQL belong to `ctl.cms`; this is only the seam, so that the floor needs no database.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

from ctl.cms.records import CallQuery, Page, RecordingRecord, Story
from ctl.database.engine import DatabaseAway, DatabaseUnprepared
from ctl.web.trouble import Trouble

log = logging.getLogger(__name__)

PATIENCE_S = 8.0
"""A database that takes questions and never answers is away, too, for whoever looks at an empty page."""

AWAY = "データベースにつながりません。通話は続いており、記録は後から届きます。いまの様子は「現在の状況」で見られます。"
UNPREPARED = "データベースの準備がまだです。ctl database migrate を実行すると使えます。通話は続いています。"


class Archive(Protocol):
    """`ctl.cms.queries.Records`. Every method raises `DatabaseAway` or `DatabaseUnprepared`."""

    async def ping(self) -> None: ...
    async def calls(self, wanted: CallQuery) -> Page: ...
    async def story(self, call: str) -> Story | None: ...
    async def recording(self, call: str, segment: int) -> RecordingRecord | None: ...


@asynccontextmanager
async def remembered(patience_s: float = PATIENCE_S) -> AsyncIterator[None]:
    """Turn an absent database into an answer for people; the log says more."""
    try:
        async with asyncio.timeout(patience_s):
            yield
    except TimeoutError:
        log.warning("Postgres has not answered within %g s", patience_s)
        raise Trouble(503, AWAY) from None
    except DatabaseAway as error:
        log.warning("%s", error)
        raise Trouble(503, AWAY) from None
    except DatabaseUnprepared as error:
        log.warning("%s", error)
        raise Trouble(503, UNPREPARED) from None
