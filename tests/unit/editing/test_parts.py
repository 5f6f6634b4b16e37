"""Operators one by one, departments as a table, sounds, and what a draft changes in words."""

import io
import wave
from pathlib import Path

import pytest

from ctl.config import ConfigError, load
from ctl.editing import checking, departments, operators, sounds
from ctl.editing.checking import Checker
from ctl.editing.desk import changing, write_text
from ctl.editing.difference import difference
from ctl.editing.operators import AlreadyThere, OperatorRow
from ctl.spreadsheet import FORMULA
from ctl.switchboard.ids import Extension
from tests.editing_site import SHIPPED, Site, edit


def test_an_operator_with_other_skills_leaves_the_range(site: Site) -> None:
    before = operators.rows(site.flows)
    new = OperatorRow("2003", "高橋 健太", {"general": 3})
    with changing(site.flows) as desk:
        operators.put(desk, new, "2003")
    assert operators.rows(site.flows) == [new if one.extension == "2003" else one for one in before]
    assert '"2001-2002"' in site.read("operators.yaml")
    assert '"2004-2010"' in site.read("operators.yaml")
    assert load(site.flows).plan.operators[Extension("2003")].skills == {"general": 3}


def test_another_name_changes_one_name(site: Site) -> None:
    with changing(site.flows) as desk:
        operators.put(desk, OperatorRow("2059", "石田 花", {"covid": 1, "general": 2}, "all"), "2059")
    (change,) = difference(SHIPPED, site.flows)
    assert [line[0] for line in change.lines if line[0] in "+-"] == ["-", "+"]
    assert [(one.where, one.before, one.after) for one in change.changes] == [
        (("operators", "2059", "names"), "石田 美咲", "石田 花")
    ]


def test_operators_come_in_order_and_go(site: Site) -> None:
    before = operators.rows(site.flows)
    with changing(site.flows) as desk:
        operators.put(desk, OperatorRow("2100", "新人 一郎", {"tax": 9}, ("tax",)))
        operators.remove(desk, "2005")
    after = operators.rows(site.flows)
    assert [one.extension for one in after] == [
        *(one.extension for one in before if one.extension != "2005"),
        "2100",
    ]
    assert after[-1] == OperatorRow("2100", "新人 一郎", {"tax": 9}, ("tax",))
    with changing(site.flows) as desk, pytest.raises(AlreadyThere):
        operators.put(desk, OperatorRow("2001", "誰か", {"tax": 1}))


def test_the_table_of_departments_survives_a_spreadsheet(site: Site) -> None:
    table = departments.rows(site.flows)
    assert departments.from_csv(departments.as_csv(table).encode()) == table
    assert departments.from_csv(departments.as_csv(table).replace("\ufeff", "").encode("cp932")) == table
    with changing(site.flows) as desk:
        departments.take_in(desk, table)
    assert difference(SHIPPED, site.flows) == []


def test_a_table_is_previewed_and_taken_in_and_other_departments_keep_their_lines(site: Site) -> None:
    table = departments.rows(site.flows)
    changed = departments.Row("102", "広報広聴課", "こうほうこうちょうか", ("03-0000-0102",), "exchange")
    new = departments.Row("201", "新設課", "しんせつか", ("03-0000-0201", "03-0000-1201"), "inquiry")
    wanted = [changed if row.code == "102" else row for row in table if row.code != "103"] + [new]
    seen = departments.preview(table, wanted)
    assert ([row.code for row in seen.new], [row.code for row in seen.gone]) == (["201"], ["103"])
    assert [(old.name, row.name) for old, row in seen.changed] == [("広報課", "広報広聴課")]
    assert seen.same == len(table) - 2
    with changing(site.flows) as desk:
        departments.take_in(desk, wanted)
    assert departments.rows(site.flows) == wanted
    (file,) = difference(SHIPPED, site.flows)
    assert sum(line.startswith("-") for line in file.lines) == 2
    assert sum(line.startswith("+") for line in file.lines) == 2


def test_a_bad_table_is_refused_with_every_line_and_column() -> None:
    bad = "番号,名称,よみ,電話番号,受付時間\n1,総務課,ソウムカ,03-0000-0105,exchange\n105,総務課,そうむか,12,exchange\n"
    with pytest.raises(departments.BadTable) as refused:
        departments.from_csv(bad.encode())
    assert [(one.line, one.column, one.value) for one in refused.value.faults] == [
        (2, "番号", "1"),
        (2, "よみ", "ソウムカ"),
        (3, "電話番号", "12"),
    ]
    with pytest.raises(departments.BadTable, match="見出し"):
        departments.from_csv("番号,名前\n".encode())
    with pytest.raises(departments.BadTable, match="文字コード"):
        departments.from_csv(b"\x81")


@pytest.mark.parametrize("sign", FORMULA)
def test_a_formula_in_a_name_is_no_formula_for_a_spreadsheet(sign: str) -> None:
    row = departments.Row("101", f"{sign}1+1", "あ", ("03-0000-0101",), "exchange")
    text = departments.as_csv([row])
    assert f"'{sign}1+1" in text
    assert departments.from_csv(text.encode()) == [row]


def tone() -> bytes:
    data = io.BytesIO()
    with wave.open(data, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(b"\1\2" * 8000)
    return data.getvalue()


@pytest.mark.parametrize("used_before", [False, True])
def test_an_uploaded_sound_is_used_and_goes_when_nothing_uses_it(site: Site, used_before: bool) -> None:
    flows = site.flows if used_before else site.draft().flows
    path = sounds.upload(flows, "greeting", tone())
    with changing(flows) as desk:
        sounds.use(desk, "greeting", "こちらは豊島区です。", path)
    assert load(flows).prompts[next(iter(load(flows).prompts))].sound == flows / path
    draft = site.draft()
    with changing(draft.flows) as desk:
        sounds.speak(desk, "greeting", "豊島区です。", "としまくです。")
    sounds.sweep(draft.flows, draft.base)
    assert not (draft.flows / path).exists()
    said = (draft.flows / "announcements.yaml").read_text(encoding="utf-8")
    assert "greeting: {text: 豊島区です。, reading: としまくです。}" in said


def put(site: Site, *pieces: str) -> None:
    """As somebody lays it into the folder."""
    for piece in pieces:
        (site.flows / piece).parent.mkdir(exist_ok=True)
        (site.flows / piece).write_bytes(tone())


def test_a_sound_that_lies_ready_stays(site: Site) -> None:
    """For the season in which it is needed, as somebody put it there."""
    path, music = sounds.upload(site.flows, "typhoon", tone()), "music/winter.wav"
    put(site, music)
    draft = site.draft()
    sounds.sweep(draft.flows, draft.base)
    assert (draft.flows / path).exists()
    assert (draft.flows / music).exists()


def test_one_more_piece_of_music_takes_the_place_of_none(site: Site) -> None:
    put(site, "music/spring.wav", "music/spring_03.wav")
    assert sounds.next_piece(site.flows, "spring", 2) == "spring_04"
    assert sounds.next_piece(site.flows, "spring", 1) == "spring_02"


@pytest.mark.parametrize("content", [b"RIFF", b"", b"x" * 50])
def test_what_is_no_sound_is_refused_and_not_kept(site: Site, content: bytes) -> None:
    with pytest.raises(sounds.BadSound) as refused:
        sounds.upload(site.flows, "greeting", content)
    assert refused.value.fault is sounds.Fault.UNREADABLE
    assert not (site.flows / "sounds").exists()
    with pytest.raises(sounds.BadSound):
        sounds.upload(site.flows, "../greeting", tone())


def test_a_file_that_is_wrong_for_itself_is_not_kept(site: Site) -> None:
    before = site.files
    with pytest.raises(ConfigError, match="priority"), changing(site.flows) as desk:
        desk.put("queues.yaml", ("queues", "tax", "priority"), 12)
    with pytest.raises(ConfigError, match="not YAML"):
        write_text(site.flows, "flows/main.yaml", "label: [")
    assert site.files == before


def test_a_reference_to_another_file_may_be_wrong_in_a_draft_and_is_told_with_its_line(site: Site) -> None:
    with changing(site.flows) as desk:
        desk.put("services.yaml", ("services", 0, "flow"), "holiday")
    (problem,) = [one for one in Checker().check(site.flows).problems if "holiday" in one.message]
    assert (problem.file, problem.line, problem.where) == ("services.yaml", 6, "services #1 flow")


def test_equal_content_is_checked_once_and_other_content_anew(site: Site) -> None:
    checker = Checker()
    first = checker.check(site.flows)
    assert checker.check(site.flows) is first
    edit(site.flows, "queues.yaml", "priority: 4", "priority: 3")
    assert checker.check(site.flows) is not first


def test_mappings_on_the_way_to_a_value_are_made(site: Site) -> None:
    with changing(site.flows) as desk:
        desk.put("queues.yaml", ("routing", "ageing_seconds"), 60)
        desk.put("calendar.yaml", ("hours", "inquiry", "exceptions", "2027-01-04"), "closed")
    assert "routing:\n  ageing_seconds: 60\n" in site.read(
        "queues.yaml"
    ) or "routing: {ageing_seconds: 60}" in site.read("queues.yaml")
    assert load(site.flows).plan.routing.ageing_ms == 60_000


def test_a_file_that_may_be_missing_is_made(tmp_path: Path, site: Site) -> None:
    (site.flows / "modes.yaml").unlink()
    with changing(site.flows) as desk:
        desk.put("modes.yaml", ("modes", "busy"), {"label": "混雑"})
    assert [mode.label for mode in load(site.flows).plan.modes.values()] == ["混雑"]


def test_equal_files_are_read_once_and_a_changed_one_anew(site: Site) -> None:
    first = checking.value_of(site.flows / "queues.yaml", "queues.yaml")
    assert checking.value_of(site.flows / "queues.yaml", "queues.yaml") is first
    edit(site.flows, "queues.yaml", "priority: 4", "priority: 3")
    assert checking.value_of(site.flows / "queues.yaml", "queues.yaml")["queues"]["exchange"]["priority"] == "3"
    with pytest.raises(ConfigError, match="cannot be read"):
        checking.value_of(site.flows / "nothing.yaml", "nothing.yaml")
