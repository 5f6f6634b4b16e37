"""The ward's departments as a table for a spreadsheet: out, and in again with a look at what would change."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from ctl import spreadsheet
from ctl.config.files import DepartmentShape
from ctl.editing.checking import value_of
from ctl.editing.desk import Desk

FILE = "departments.yaml"
LIST = "departments"
COLUMNS: Mapping[str, str] = {
    "code": "番号",
    "name": "名称",
    "reading": "よみ",
    "numbers": "電話番号",
    "hours": "受付時間",
}
"""Key → head of its column. Several telephone numbers stand in one cell with blanks between."""
MOST_BYTES = 300_000


@dataclass(frozen=True)
class Row:
    """One department; ``numbers`` in the order in which they are tried."""

    code: str
    name: str
    reading: str
    numbers: tuple[str, ...]
    hours: str

    def as_written(self) -> dict[str, object]:
        return {
            "code": self.code,
            "name": self.name,
            "reading": self.reading,
            "numbers": list(self.numbers),
            "hours": self.hours,
        }


@dataclass(frozen=True)
class Fault:
    """``line`` of the table, from 1 with its head; ``column`` as people see it; ``value`` that does not fit there."""

    line: int
    column: str
    value: str
    message: str


class BadTable(Exception):
    """The table cannot be taken in. Carries every fault."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{one.line}: {one.column}: {one.message}" for one in self.faults))


@dataclass(frozen=True)
class Preview:
    """What taking a table in would do."""

    new: tuple[Row, ...]
    changed: tuple[tuple[Row, Row], ...]
    gone: tuple[Row, ...]
    same: int


def rows(flows: Path) -> list[Row]:
    """Raises `ConfigError` for a file that is no YAML."""
    return [_row(entry) for entry in value_of(flows / FILE, FILE).get(LIST) or []]


def _row(entry: Mapping[str, object]) -> Row:
    numbers = entry.get("numbers")
    listed = tuple(str(one) for one in numbers) if isinstance(numbers, list | tuple) else ()
    code, name, reading, hours = (str(entry.get(key) or "") for key in ("code", "name", "reading", "hours"))
    return Row(code, name, reading, listed, hours)


def as_csv(table: Sequence[Row]) -> str:
    """With a mark for spreadsheets. A cell that begins like a formula gets a quote in front, taken off when read."""
    rows = ((row.code, row.name, row.reading, " ".join(row.numbers), row.hours) for row in table)
    return "\ufeff" + spreadsheet.as_csv(COLUMNS.values(), rows)


def from_csv(data: bytes) -> list[Row]:
    """Raises `BadTable` with every fault: line, column, and what is allowed."""
    lines = _lines(data)
    head = [cell.strip() for cell in lines[0]] if lines else []
    missing = [label for label in COLUMNS.values() if label not in head]
    if missing:
        allowed = "、".join(COLUMNS.values())
        raise BadTable([Fault(1, "、".join(missing), "", f"見出しの行にありません。必要な見出し：{allowed}")])
    found: list[Row] = []
    faults: list[Fault] = []
    first: dict[str, int] = {}
    for n, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        row = _read_row({label: cell.strip().removeprefix("'") for label, cell in zip(head, cells, strict=False)})
        faults.extend(_faults(n, row))
        if row.code in first:
            faults.append(
                Fault(n, COLUMNS["code"], row.code, f"{first[row.code]}行目にもあります。片方を消してください")
            )
        first.setdefault(row.code, n)
        found.append(row)
    if faults:
        raise BadTable(faults)
    return found


def preview(before: Sequence[Row], after: Sequence[Row]) -> Preview:
    old, new = {row.code: row for row in before}, {row.code: row for row in after}
    changed = tuple((old[code], row) for code, row in new.items() if code in old and not _alike(old[code], row))
    return Preview(
        tuple(row for code, row in new.items() if code not in old),
        changed,
        tuple(row for code, row in old.items() if code not in new),
        sum(code in old for code in new) - len(changed),
    )


def take_in(desk: Desk, table: Sequence[Row]) -> None:
    """Let the file have these departments; those that stay keep their place and comments."""
    now = [_row(entry) for entry in desk.sheet(FILE).value((LIST,))]
    wanted = {row.code: row for row in table}
    for n, row in reversed(list(enumerate(now))):
        if row.code not in wanted:
            desk.remove(FILE, (LIST, n))
        elif not _alike(row, wanted[row.code]):
            desk.put(FILE, (LIST, n), wanted[row.code].as_written())
    known = {row.code for row in now}
    for row in table:
        if row.code not in known:
            desk.sheet(FILE).add((LIST,), row.as_written())


def _alike(one: Row, other: Row) -> bool:
    """Numbers with and without hyphens are the same."""
    return one == other or (
        (one.name, one.reading, one.hours) == (other.name, other.reading, other.hours)
        and [number.replace("-", "") for number in one.numbers] == [number.replace("-", "") for number in other.numbers]
    )


def _lines(data: bytes) -> list[list[str]]:
    if len(data) > MOST_BYTES:
        raise BadTable([Fault(0, "", "", f"ファイルが大きすぎます（{MOST_BYTES // 1000} kBまで）")])
    for encoding in ("utf-8-sig", "cp932"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            return list(csv.reader(io.StringIO(text, newline=""), strict=True))
        except csv.Error as error:
            raise BadTable([Fault(1, "", "", f"CSVとして読めません（{error}）")]) from None
    raise BadTable([Fault(0, "", "", "文字コードが読めません。UTF-8 か Shift_JIS で保存してください")])


def _read_row(cells: Mapping[str, str]) -> Row:
    by_key = {key: cells.get(label, "") for key, label in COLUMNS.items()}
    numbers = tuple(by_key["numbers"].replace("、", " ").replace(",", " ").replace(";", " ").split())
    return Row(by_key["code"], by_key["name"], by_key["reading"], numbers, by_key["hours"])


ALLOWED: Mapping[str, str] = {
    "code": "3桁か4桁の数字にしてください（例 101）",
    "name": "1～60文字で書いてください",
    "reading": "ひらがなで書いてください",
    "numbers": "0から始まる10桁か11桁の電話番号にしてください（例 03-3981-1111。複数は空白で区切る）",
    "hours": "受付時間の名前（英小文字）を書いてください（例 exchange）",
}


def _faults(line: int, row: Row) -> list[Fault]:
    written = row.as_written()
    try:
        DepartmentShape.model_validate(written)
    except ValidationError as error:
        keys = dict.fromkeys(str(detail["loc"][0]) for detail in error.errors())
        return [
            Fault(line, COLUMNS[key], " ".join(row.numbers) if key == "numbers" else str(written[key]), ALLOWED[key])
            for key in keys
        ]
    return []
