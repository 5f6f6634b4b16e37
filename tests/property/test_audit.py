"""The chain: whatever is done to it without the key is found, at the first entry that is wrong."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from ctl.security.audit.chain import BEGINNING, Chain
from ctl.security.audit.entry import Kept, Row
from ctl.security.audit.heads import Head, Seen
from ctl.security.audit.verifying import Fault, Verdict, verify

CHAIN = Chain(b"key")
texts = st.text(max_size=8)
kept = st.builds(
    Kept, texts, texts, texts, texts, texts, texts, texts, texts | st.none(), texts | st.none(), texts | st.none()
)


@st.composite
def chains(draw: st.DrawFn) -> list[Row]:
    rows: list[Row] = []
    for one in draw(st.lists(kept, min_size=1, max_size=12)):
        rows.append(CHAIN.link(one, len(rows) + 1, rows[-1].hash if rows else BEGINNING))
    return rows


def verdict(rows: Sequence[Row], *heads: Row) -> Verdict:
    async def each() -> AsyncIterator[Row]:
        for row in rows:
            yield row

    return asyncio.run(verify(each(), [Seen("x", Head(row.seq, row.hash, "")) for row in heads], CHAIN))


@given(chains(), st.data())
def test_untouched_chain_is_sound(rows: list[Row], data: st.DataObject) -> None:
    signed = data.draw(st.lists(st.sampled_from(rows)))
    told = verdict(rows, *signed)
    assert (told.rows, told.finding) == (len(rows), None)
    assert told.proved == max((row.seq for row in signed), default=0)


@given(chains(), st.data())
def test_any_other_content_is_found_at_its_place(rows: list[Row], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(rows) - 1))
    other = data.draw(kept.filter(lambda one: one != rows[at].kept))
    forged = [*rows[:at], replace(rows[at], kept=other), *rows[at + 1 :]]
    found = verdict(forged).finding
    assert found is not None
    assert (found.fault, found.seq) == (Fault.ALTERED, at + 1)


@given(chains(), st.data())
def test_what_is_cut_off_before_a_signed_head_is_missed(rows: list[Row], data: st.DataObject) -> None:
    left = data.draw(st.integers(0, len(rows) - 1))
    signed = data.draw(st.integers(left, len(rows) - 1))
    found = verdict(rows[:left], rows[signed]).finding
    assert found is not None
    assert (found.fault, found.seq, found.other) == (Fault.CUT_OFF, left + 1, signed + 1)


@given(chains(), st.data())
def test_any_other_order_or_selection_is_found_at_the_first_place_that_differs(
    rows: list[Row], data: st.DataObject
) -> None:
    picked = data.draw(st.lists(st.sampled_from(rows), max_size=len(rows) + 2))
    renumbered = data.draw(st.booleans())
    forged = (
        [replace(row, seq=n) for n, row in enumerate(picked, 1)]
        if renumbered
        else sorted(picked, key=lambda row: row.seq)
    )
    same = next((n for n, (a, b) in enumerate(zip(forged, rows, strict=False)) if a != b), min(len(forged), len(rows)))
    told = verdict(forged, rows[-1])
    assert told.sound == (forged == rows)
    assert told.rows == same


@given(chains(), kept, st.data())
def test_entry_that_is_put_in_without_the_key_is_found(rows: list[Row], new: Kept, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(rows)))
    before = rows[at - 1].hash if at else BEGINNING
    forged = replace(Chain(b"guessed").link(new, at + 1, before))
    later = [replace(row, seq=row.seq + 1) for row in rows[at:]]
    found = verdict([*rows[:at], forged, *later]).finding
    assert found is not None
    assert found.seq == at + 1
    assert found.fault is (Fault.PUT_IN if later else Fault.ALTERED)
