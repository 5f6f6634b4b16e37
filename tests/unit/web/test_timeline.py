"""The picture of a call: everything that happened is in it, in its place, in words."""

import re
from datetime import UTC, datetime
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ctl.switchboard.facts import Fact, LegClosed, SegmentEnded
from ctl.switchboard.ids import Millis
from ctl.switchboard.kinds import SegmentKind
from ctl.web import labels, words
from ctl.web.names import Names
from ctl.web.pages import environment
from ctl.web.reel import reel
from ctl.web.show import clock
from ctl.web.timeline import LEFT, RIGHT, WIDTH, Line, Mark, Stretch, picture
from tests.unit.web.town import a_day, facts_of, ward_plan

START = 1_795_509_105_000


def instant(at: Millis) -> str:
    return clock(datetime.fromtimestamp(at / 1000, UTC))


def handed_off() -> list[Fact]:
    town, calls = a_day()
    return facts_of(town, calls[0])


def drawn(facts: list[Fact]) -> str:
    seen = reel(facts, Names.of(ward_plan()))
    template = environment().from_string('{% from "timeline.svg" import timeline %}{{ timeline(p, "通話", at) }}')
    return template.render(p=picture(seen.stretches, seen.lines, seen.marks, instant), at=instant)


def test_every_segment_is_drawn_and_named() -> None:
    facts = handed_off()
    svg = drawn(facts)
    segments = [fact for fact in facts if isinstance(fact, SegmentEnded)]
    assert [int(n) for n in re.findall(r'data-segment="(\d+)"', svg)] == [fact.n for fact in segments]
    shown = "".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg))
    for place, fact in enumerate(segments, 1):
        assert f"{place} {words.SEGMENTS[fact.kind]}" in shown


def test_every_telephone_has_its_lane_and_its_result() -> None:
    facts = handed_off()
    svg = drawn(facts)
    parties = {fact.party for fact in facts if isinstance(fact, LegClosed) and fact.role != "citizen"}
    assert svg.count('<g class="lane">') == 1 + len(parties)
    for expected in ("2001", "池袋 太郎", "応答なし", "03-0000-0101", "話中", "取次完了", "入力なし"):
        assert expected in svg


def test_a_call_without_facts_is_an_empty_picture() -> None:
    assert drawn([]).count('<rect class="bar') == 0


@st.composite
def stories(draw: st.DrawFn) -> list[Stretch]:
    lengths = draw(st.lists(st.integers(0, 7_200_000), min_size=1, max_size=20))
    at, made = START, []
    for n, length in enumerate(lengths):
        made.append(Stretch(n, draw(st.sampled_from(SegmentKind)), at, at + length))
        at += length
    return made


@given(stories())
def test_bars_lie_in_the_picture_in_the_order_of_time(story: list[Stretch]) -> None:
    bars = picture(story, [], [], instant).lanes[0].bars
    assert [bar.n for bar in bars] == [stretch.n for stretch in story]
    assert all(bar.x >= LEFT and bar.width > 0 and bar.x + bar.width <= WIDTH - RIGHT + 2 for bar in bars)
    assert all(earlier.x <= later.x for earlier, later in pairwise(bars))


@given(st.lists(st.tuples(st.floats(0, 1200), st.text(st.sampled_from("案内 abc12"), max_size=12)), max_size=30))
def test_no_label_covers_another(wanted: list[tuple[float, str]]) -> None:
    placed = labels.place([labels.Wish(x, text) for x, text in wanted], 0, 1200)
    assert sorted(label.text for label in placed) == sorted(text for _, text in wanted)
    for row in range(labels.rows(placed)):
        line = sorted((label for label in placed if label.row == row), key=lambda label: label.x)
        assert all(a.x + labels.width(a.text) <= b.x for a, b in pairwise(line))


@given(st.text(st.sampled_from("案内 abc12"), max_size=40), st.floats(30, 400))
def test_a_shortened_name_fits_and_says_that_it_is_one(text: str, room: float) -> None:
    shown = labels.shortened(text, 12, room)
    assert labels.width(shown, 12) <= room
    assert shown == text or (shown.endswith("…") and text.startswith(shown[:-1]))
    assert (shown == text) == (labels.width(text, 12) <= room)


def test_hostile_text_stays_text() -> None:
    line = Line("operator", "<script>", "<b>", START, START, START + 1000, "</svg>")
    shown = picture([], [line], [Mark(START, "<i>", "key")], instant)
    template = environment().from_string('{% from "timeline.svg" import timeline %}{{ timeline(p, "<x>", at) }}')
    svg = template.render(p=shown, at=instant)
    assert not set(re.findall(r"</?(\w+)", svg)) & {"script", "b", "i", "x"}
    assert svg.count("</svg>") == 1
