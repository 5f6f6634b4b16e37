"""The simulation meets what a caller would meet."""

from datetime import datetime

import pytest

from ctl.config import Loaded, load
from ctl.config.simulate import Moment, simulate, tokens
from ctl.switchboard.hours import JST
from ctl.switchboard.ids import FlowName
from tests.unit.config.conftest import SHIPPED, Files

LOADED = load(SHIPPED, year=2026)


def walk(at: str, keys: str, flow: str = "main", loaded: Loaded = LOADED) -> list[Moment]:
    moment = int(datetime.fromisoformat(at).replace(tzinfo=JST).timestamp() * 1000)
    return list(simulate(loaded.plan, loaded.prompts, loaded.plan.flows[FlowName(flow)], moment, tokens(keys)))


@pytest.mark.parametrize(
    ("at", "keys", "node", "end"),
    [
        ("2026-11-24T10:00", "1", "register", "menu 戸籍・住民票"),
        ("2026-11-24T10:00", "2", "tax", "menu 税"),
        ("2026-11-24T10:00", "t,5", "waste", "menu ごみ・環境"),
        ("2026-11-24T10:00", "9,9,9,3", "insurance", "menu 国保・年金"),
        ("2026-11-24T10:00", "", "general", "menu その他"),
        ("2026-11-24T10:00", "7,8", "general", "menu その他"),
        ("2026-11-24T10:00", "6", "exchange", "menu 交換"),
        ("2026-11-24T18:00", "6,1", "general", "menu 交換"),
        ("2026-11-24T18:00", "6", "exchange-closed", "hung up on"),
        ("2026-12-30T10:00", "6", "exchange-closed", "hung up on"),
        ("2027-01-01T10:00", "4", "welfare", "menu 福祉・子育て"),
        ("2026-11-24T19:00", "1", "night", "hung up on"),
        ("2026-11-24T10:00", "h", "greeting", "hangs up"),
        ("2026-11-24T10:00", "t,h", "main-menu", "presses nothing"),
    ],
)
def test_where_callers_of_the_representative_number_end(at: str, keys: str, node: str, end: str) -> None:
    moments = walk(at, keys)
    if keys == "t,h":
        moments = [moment for moment in moments if moment.text == end]
    assert moments[-1].node == node
    assert end in moments[-1].text


def test_other_numbers() -> None:
    assert "menu 新型コロナ" in walk("2026-11-24T10:00", "", "covid")[-1].text
    assert walk("2026-11-24T07:00", "", "covid")[-1].node == "night"
    heard = [moment.text for moment in walk("2026-11-24T10:00", "", "fax") if moment.what == "hears"]
    assert len(heard) == 1
    assert "ファクス" in heard[0]


def test_department_that_answers_and_one_that_does_not(files: Files) -> None:
    files.change(
        "flows/fax.yaml",
        "start: notice\nnodes:",
        "start: tax\nnodes:\n  tax: {kind: department, department: '109', otherwise: notice}",
    )
    loaded = load(files.path)
    assert walk("2026-11-24T10:00", "", "fax", loaded)[-1].text == "is connected to 税務課 (109)"
    assert walk("2026-11-24T10:00", "n", "fax", loaded)[-1].node == "notice"


@pytest.mark.parametrize("text", ["x", "12", "1,,q", "1;2", "１"])
def test_what_no_caller_can_do_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="allowed"):
        tokens(text)


RULES = """  register:
    overflow:
      - {when: full, callers: 20, say: night}
      - {when: closed, hours: exchange, queue: general}
      - {when: expected, wait_seconds: 600, callback: true}
      - {when: waited, after_seconds: 180, site: backup}
    label: 戸籍・住民票
"""


def test_rules_of_overflow_are_told_and_closing_time_is_followed(files: Files) -> None:
    files.change("queues.yaml", "  register:\n    label: 戸籍・住民票\n", RULES)
    loaded = load(files.path, year=2026)
    told = [moment.text for moment in walk("2026-11-24T10:00", "1", loaded=loaded) if "overflow rule" in moment.text]
    assert told == [
        "overflow rule 1 of the queue 戸籍・住民票, if 20 wait already: a message, and the end",
        "overflow rule 3 of the queue 戸籍・住民票, if more than 600 s of waiting are expected: a call-back is offered",
        "overflow rule 4 of the queue 戸籍・住民票, after 180 s in it: on to 予備拠点 over the trunk",
    ]
    evening = walk("2026-11-24T18:00", "1", loaded=loaded)
    assert "outside exchange: on to the queue 総合案内" in evening[-3].text
    assert evening[-1].queue == "general"
    files.change("queues.yaml", "hours: exchange, queue: general}", "hours: exchange, say: night}")
    evening = walk("2026-11-24T18:00", "1", loaded=load(files.path, year=2026))
    assert [moment.what for moment in evening[-2:]] == ["hears", "ends"]
    assert evening[-1].queue is None
