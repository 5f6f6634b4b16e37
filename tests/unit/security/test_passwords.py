"""What a password may be, and that checking it holds nothing up."""

import asyncio

import pytest
from argon2 import PasswordHasher

from ctl.security.passwords import WAITING, BadPassword, Busy, Passwords, check


@pytest.fixture
def passwords() -> Passwords:
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "elevenchars",
        "password1234",
        "qwertyuiop12",
        "aaaaaaaaaaaaaaaa",
        "123456789012",
        "hanako.toshima",
        "abcabcabcabc",
        "x" * 129,
    ],
)
def test_what_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(BadPassword):
        check(password, ("hanako", "hanako.toshima"))


@pytest.mark.parametrize("password", ["kawaii-neko-no-mimi-7", "山手線 の 駅 は 三十", "correct horse battery staple"])
def test_nothing_is_asked_about_digits_capitals_or_signs(password: str) -> None:
    check(password, ("hanako", "豊島 花子"))


async def test_the_same_signs_are_the_same_password_however_they_were_typed(passwords: Passwords) -> None:
    known = await passwords.hashed("ｋａｗａｉｉ　ｎｅｋｏ　７７")
    assert await passwords.right("kawaii neko 77", known)
    assert not await passwords.right("kawaii neko 78", known)


async def test_no_account_has_no_right_password(passwords: Passwords) -> None:
    assert not await passwords.right("anything", None)
    assert not await passwords.right("anything", "no hash at all")


async def test_hashes_are_argon2id_with_the_parameters_of_the_standard() -> None:
    """RFC 9106 §4, second recommended option: 64 MiB, three passes."""
    assert (await Passwords().hashed("x")).startswith("$argon2id$v=19$m=65536,t=3,p=1$")


async def test_a_flood_is_told_to_come_again_instead_of_queueing_without_end(passwords: Passwords) -> None:
    answers = await asyncio.gather(
        *(passwords.right("guess", None) for _ in range(WAITING + 5)), return_exceptions=True
    )
    assert sum(isinstance(one, Busy) for one in answers) == 5
    assert sum(one is False for one in answers) == WAITING
