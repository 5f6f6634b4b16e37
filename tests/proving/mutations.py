"""Messages that nobody has sent yet: known ones, broken in seeded ways, so that each run can be repeated by its seed."""

from collections.abc import Callable, Iterator, Sequence
from random import Random

HOSTILE: Sequence[bytes] = (
    b"\x00",
    b"\xff\xfe\xfd",
    "\u202e5550\u202c".encode(),  # right to left
    "豊島区".encode(),
    b"${SHELL(id)}",
    b"'; DROP TABLE calls; --",
    b"<script>alert(1)</script>",
    b"%n%s%x",
    b"\r\n\r\n",
    b'"' * 3,
    b"(" * 200,
    b"A" * 3000,
    b"-1",
    b"4294967296",
    b"99999999999999999999999",
)
"""What is put where something else stood."""


def _flip_bits(random: Random, text: bytes) -> bytes:
    broken = bytearray(text)
    for _ in range(random.randint(1, 8)):
        broken[random.randrange(len(broken))] ^= 1 << random.randrange(8)
    return bytes(broken)


def _cut_off(random: Random, text: bytes) -> bytes:
    return text[: random.randrange(len(text))]


def _put_in(random: Random, text: bytes) -> bytes:
    at = random.randrange(len(text))
    return text[:at] + random.choice(HOSTILE) + text[at + random.randint(0, 12) :]


def _lines(change: Callable[[Random, list[bytes]], None]) -> Callable[[Random, bytes], bytes]:
    def mutation(random: Random, text: bytes) -> bytes:
        lines = text.split(b"\r\n")
        change(random, lines)
        return b"\r\n".join(lines)

    return mutation


def _repeat_line(random: Random, lines: list[bytes]) -> None:
    at = random.randrange(len(lines))
    lines[at:at] = [lines[at]] * random.choice((1, 2, 40))


def _lose_line(random: Random, lines: list[bytes]) -> None:
    del lines[random.randrange(len(lines))]


def _exchange_lines(random: Random, lines: list[bytes]) -> None:
    one, other = random.randrange(len(lines)), random.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]


def _fold_line(random: Random, lines: list[bytes]) -> None:
    at = random.randrange(len(lines))
    words = lines[at].split(b" ")
    lines[at] = b"\r\n \t ".join(words)


def _other_value(random: Random, lines: list[bytes]) -> None:
    """Another value for a header or a line of the SDP: a length that is negative or huge, text in place of a number."""
    at = random.randrange(len(lines))
    name, colon, _ = lines[at].partition(b":" if b":" in lines[at] else b"=")
    lines[at] = name + colon + random.choice(HOSTILE)


def _nest(random: Random, lines: list[bytes]) -> None:
    """Deep nesting where the grammar allows some: comments, quoted pairs, parameters, bodies in bodies."""
    deep = random.choice((b"(" * 400 + b")" * 400, b'"' + b"\\\\" * 400 + b'"', b";a=b" * 400, b"<" * 400 + b">" * 400))
    at = random.randrange(len(lines))
    lines[at] += deep


MUTATIONS: Sequence[Callable[[Random, bytes], bytes]] = (
    _flip_bits,
    _cut_off,
    _put_in,
    *(_lines(one) for one in (_repeat_line, _lose_line, _exchange_lines, _fold_line, _other_value, _nest)),
)
LARGEST = 60_000
"""Bytes of a message: one datagram carries no more."""


def mutants(seed: int, models: Sequence[bytes], number: int) -> Iterator[bytes]:
    """So many broken messages around ``models``, the same for the same seed."""
    random = Random(seed)
    for _ in range(number):
        text = random.choice(models)
        for _ in range(random.randint(1, 4)):
            text = random.choice(MUTATIONS)(random, text) or text
        yield text[:LARGEST]
