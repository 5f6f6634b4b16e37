"""Whatever way the database is absent, people get a plain answer, and soon."""

import asyncio

import pytest

from ctl.database.engine import DatabaseAway, DatabaseUnprepared
from ctl.web.archive import AWAY, UNPREPARED, remembered
from ctl.web.trouble import Trouble


@pytest.mark.parametrize(
    ("error", "said"), [(DatabaseAway("refused"), AWAY), (DatabaseUnprepared("no table"), UNPREPARED)]
)
async def test_an_absent_database_is_told_in_words(error: Exception, said: str) -> None:
    with pytest.raises(Trouble) as told:
        async with remembered():
            raise error
    assert (told.value.status, told.value.message) == (503, said)


async def test_a_database_that_takes_the_question_and_never_answers_is_away_too() -> None:
    with pytest.raises(Trouble) as told:
        async with remembered(patience_s=0.01):
            await asyncio.Event().wait()
    assert (told.value.status, told.value.message) == (503, AWAY)
