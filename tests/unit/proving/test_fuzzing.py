"""The verdict on a reader is read from the fuzzer's own words and from what it left."""

from pathlib import Path

from tests.proving.fuzzing import verdict

CALM = "#8192\tREDUCE cov: 54 ft: 60 corp: 9/1b\nstat::number_of_executed_units: 141075\n"


def test_reader_that_withstood(tmp_path: Path) -> None:
    case = verdict("ami", CALM, 0, tmp_path)
    assert case.held
    assert case.seen == "141,075 inputs, 54 branches"


def test_reader_that_broke_is_told_with_its_input(tmp_path: Path) -> None:
    (tmp_path / "crash-1").write_bytes(b"\x00|")
    case = verdict("ami", f"\n === Uncaught Python exception: ===\nValueError: no\n{CALM}", 77, tmp_path)
    assert case.held is False
    assert case.seen == "ValueError: no at crash b'\\x00|'"


def test_fuzzer_that_did_not_start_proves_nothing(tmp_path: Path) -> None:
    assert verdict("ami", "ImportError", 1, tmp_path).held is False
    assert verdict("ami", "", 0, tmp_path).held is False
