"""Readers of foreign bytes understand or refuse: on what fuzzing once found, and on mutations of honest input."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.proving.fuzz.targets import Target, forget_folder, targets

FOUND = Path(__file__).parents[2] / "proving" / "fuzz" / "found"
TARGETS = targets()


@pytest.fixture(scope="module", autouse=True)
def quietly() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)
    forget_folder()


@st.composite
def nearly(draw: st.DrawFn, target: Target) -> bytes:
    """An honest input in which a few stretches are replaced, removed or repeated."""
    data = draw(st.sampled_from(target.seeds))
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 30)))
        instead = draw(
            st.sampled_from([b"", data[start:end] * 3, b"[" * 5000, b"1e999", b"NaN", b"null", b"-1", b"\0", b"\xff"])
            | st.binary(max_size=12)
            | st.text(max_size=6).map(lambda text: text.encode("utf-8", "surrogatepass"))
        )
        data = data[:start] + instead + data[end:]
    return data


@pytest.mark.parametrize("name", sorted(TARGETS))
def test_honest_input_is_understood(name: str) -> None:
    target = TARGETS[name]
    assert target.seeds
    for seed in target.seeds:
        target.read(seed)  # raises nothing, not even a refusal


@pytest.mark.parametrize("path", sorted(FOUND.glob("*/*")), ids=lambda path: f"{path.parent.name}-{path.name}")
def test_what_fuzzing_found_is_no_longer_a_finding(path: Path) -> None:
    TARGETS[path.parent.name].meets(path.read_bytes())


@pytest.mark.parametrize("name", sorted(TARGETS))
@settings(
    max_examples=examples(1000, 40),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_reader_understands_or_refuses(name: str, data: st.DataObject) -> None:
    TARGETS[name].meets(data.draw(nearly(TARGETS[name]) | st.binary(max_size=200)))
