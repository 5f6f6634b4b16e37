"""File time and call time, and what is cut where. Figures of the examples come from the measurements in the docs."""

from dataclasses import dataclass
from itertools import accumulate, pairwise

from hypothesis import given
from hypothesis import strategies as st

from ctl.recording.tape import GRACE_MS, Tape, cut, cuts, lay
from ctl.recording.wav import FRAMES_PER_MS

START = 1_795_509_105_000


@dataclass(frozen=True)
class Stretch:
    started_at: int
    ended_at: int


@st.composite
def calls(draw: st.DrawFn) -> tuple[list[Stretch], int]:
    """Stretches that follow each other without a break, and the call's end."""
    lengths = draw(st.lists(st.integers(0, 600_000), min_size=1, max_size=12))
    edges = list(accumulate(lengths, initial=START))
    return [Stretch(a, b) for a, b in pairwise(edges)], edges[-1]


tapes = st.builds(Tape, st.integers(START - 60_000, START + 60_000), st.integers(0, 8_000_000), st.just(0))


@given(calls(), tapes)
def test_segments_never_share_a_sample_and_leave_none_out_between_them(
    call: tuple[list[Stretch], int], tape: Tape
) -> None:
    stretches, _ = call
    for earlier, later in pairwise(cuts(tape, stretches)):
        assert earlier.end == later.first


@given(calls(), tapes)
def test_what_is_cut_and_what_is_lost_make_up_the_segment(call: tuple[list[Stretch], int], tape: Tape) -> None:
    for stretch in call[0]:
        piece = cut(tape, stretch)
        assert 0 <= piece.first <= piece.end <= tape.frames
        rounding = 1
        assert abs(piece.frames / FRAMES_PER_MS + piece.lost_ms - (stretch.ended_at - stretch.started_at)) <= rounding


@given(calls())
def test_durations_sum_up_to_the_call_when_the_file_covers_it(call: tuple[list[Stretch], int]) -> None:
    stretches, ended_at = call
    frames = (ended_at - START) * FRAMES_PER_MS
    tape = lay(frames, START, (ended_at, ended_at), ended_at)
    pieces = cuts(tape, stretches)
    assert sum(piece.frames for piece in pieces) == frames
    assert not any(piece.lost_ms for piece in pieces)


@given(st.integers(0, 3_600_000), st.integers(0, 3_600_000), st.integers(0, GRACE_MS))
def test_the_last_sample_lies_where_the_file_was_closed(length_ms: int, missing_ms: int, late_ms: int) -> None:
    ended_at = START + length_ms + missing_ms
    tape = lay(length_ms * FRAMES_PER_MS, START, (ended_at, ended_at), ended_at + late_ms)
    assert tape.frame(ended_at + late_ms) == tape.frames
    assert tape.gap_ms == missing_ms + late_ms


def test_sound_after_a_silent_line_is_cut_at_its_true_place() -> None:
    # Measured: 13 s call, both sides sent nothing from 8 s to 10 s, the file is 11 s long.
    ended_at = START + 13_000
    tape = lay(11_000 * FRAMES_PER_MS, START, (ended_at, ended_at), ended_at + 2)
    last_second = cut(tape, Stretch(ended_at - 1000, ended_at))
    assert last_second.first == (11_000 - 1002) * FRAMES_PER_MS
    assert tape.gap_ms == 2002


def test_a_copied_file_is_laid_from_the_start_of_the_call() -> None:
    a_day_later = START + 86_400_000
    tape = lay(5_000 * FRAMES_PER_MS, START, (START + 5_000, START + 5_000), a_day_later)
    assert tape.starts_at == START


def test_a_call_during_which_the_clock_was_set_back_is_laid_from_its_start() -> None:
    # We go on counting in the old time until nobody calls; the file was closed in the new one.
    length_ms, back_ms = 200_000, 60_000
    ended_at = START + length_ms
    tape = lay(length_ms * FRAMES_PER_MS, START, (ended_at, ended_at), ended_at - back_ms)
    assert (tape.starts_at, tape.gap_ms) == (START, 0)


def test_a_call_of_whose_arrival_we_heard_late_is_cut_at_its_true_place() -> None:
    # Seen: it came while the PBX was out of our reach for 9 s, and was in our records 7 s after its file had begun.
    heard_of_ms, length_ms = 7_000, 13_140
    ended_at = START - heard_of_ms + length_ms
    tape = lay(length_ms * FRAMES_PER_MS, START, (ended_at, ended_at), ended_at)
    assert cut(tape, Stretch(ended_at - 3_417, ended_at)).first == (length_ms - 3_417) * FRAMES_PER_MS


def test_a_call_of_whose_end_we_heard_late_is_cut_at_its_true_place() -> None:
    late_ms, length_ms = 8_000, 20_000
    ended_at = START + length_ms + late_ms
    tape = lay(length_ms * FRAMES_PER_MS, START, (ended_at, ended_at), ended_at - late_ms)
    assert (tape.starts_at, tape.gap_ms) == (START, 0)


@given(tapes, st.integers(0, 600_000), st.integers(1, 600_000))
def test_a_stretch_that_ends_before_it_begins_holds_nothing(tape: Tape, first_ms: int, back_ms: int) -> None:
    piece = cut(tape, Stretch(START + first_ms, START + first_ms - back_ms))
    assert (piece.frames, piece.lost_ms) == (0, 0)
