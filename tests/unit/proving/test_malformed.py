"""What `make torture` throws: the standard's messages as they are, and broken ones that can be repeated."""

import re

from tests.proving.malformed import ANSWERS, MESSAGES, Answer, message
from tests.proving.mutations import mutants


def test_all_messages_of_the_standard_are_there_with_what_may_come_back() -> None:
    assert {path.stem for path in MESSAGES.glob("*.dat")} == set(ANSWERS)
    assert len(ANSWERS) == 49


def test_line_ends_have_survived() -> None:
    head = {name: message(name).partition(b"\r\n\r\n")[0] for name in ANSWERS}
    assert not [name for name, text in head.items() if re.search(rb"(?<!\r)\n", text)]


def test_only_responses_are_to_stay_without_an_answer() -> None:
    responses = {name for name in ANSWERS if message(name).startswith(b"SIP/2.0")}
    assert responses == {name for name, answer in ANSWERS.items() if answer is Answer.SILENCE}


def test_a_seed_repeats_its_messages() -> None:
    models = [message(name) for name in ANSWERS]
    first = list(mutants(7, models, 300))
    assert list(mutants(7, models, 300)) == first
    assert list(mutants(8, models, 300)) != first


def test_what_is_thrown_is_broken_and_fits_into_a_datagram() -> None:
    models = [message(name) for name in ANSWERS]
    made = list(mutants(1, models, 2000))
    assert all(0 < len(one) <= 60_000 for one in made)
    assert len(set(made) - set(models)) > 1900


def test_nothing_is_too_short_to_be_broken() -> None:
    assert all(mutants(1, [b"x"], 500))
