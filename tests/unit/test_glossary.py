"""Every word of the data has its Japanese term, and every announcement of the switchboard its place in the docs."""

import re
from enum import StrEnum
from pathlib import Path

import pytest

from ctl.config.nodes import KINDS
from ctl.settings import SOURCE_ROOT
from ctl.switchboard.events import AlarmKind, Cause, Do
from ctl.switchboard.floor import Phase
from ctl.switchboard.kinds import (
    CallbackResult,
    CallKind,
    Forwarding,
    HandoffResult,
    LegRole,
    NotDialled,
    NoticeEnd,
    NumberClass,
    OfferResult,
    OperatorState,
    Outcome,
    Purpose,
    ReasonKind,
    SegmentKind,
    SupervisionKind,
    SwitchEnd,
    WrapUpEnd,
)
from ctl.switchboard.plan import FeatureCodes, OverflowWhen, WrapUpKind

DOCS = SOURCE_ROOT / "docs"
VOCABULARY: tuple[type[StrEnum], ...] = (
    AlarmKind,
    CallbackResult,
    CallKind,
    Cause,
    Do,
    Forwarding,
    HandoffResult,
    LegRole,
    NotDialled,
    NoticeEnd,
    NumberClass,
    OfferResult,
    OperatorState,
    Outcome,
    OverflowWhen,
    Phase,
    ReasonKind,
    Purpose,
    SegmentKind,
    SupervisionKind,
    SwitchEnd,
    WrapUpEnd,
    WrapUpKind,
)


def words(page: Path) -> frozenset[str]:
    without_examples = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return frozenset(re.findall(r"`([^`\n]+)`", without_examples))


@pytest.mark.parametrize("words_of_data", VOCABULARY, ids=lambda enumeration: enumeration.__name__)
def test_every_word_of_the_data_is_in_the_glossary(words_of_data: type[StrEnum]) -> None:
    assert {member.value for member in words_of_data} <= words(DOCS / "glossary.md")


def test_every_kind_of_node_is_explained() -> None:
    assert set(KINDS) <= words(DOCS / "ivr.md")
    assert set(KINDS) <= words(DOCS / "glossary.md")


def test_feature_codes_are_those_of_the_centre() -> None:
    codes = FeatureCodes()
    said = words(DOCS / "ivr.md")
    assert {getattr(codes, name) for name in FeatureCodes.__dataclass_fields__} <= said
