"""Values change where they stand; entries come and go as lines, and every comment stays."""

import pytest

from ctl.editing.document import NotYaml
from ctl.editing.sheet import Sheet

TEXT = """\
# head
groups:
  general: 総合案内 # the first
  tax: 税

# about queues
queues:
  general:
    label: 総合案内
    stages:
      - {group: general}
      - {group: tax, after_seconds: 20} # later
    entry: connecting

  # about taxes
  tax:
    label: 税
    priority: 4 # short calls
    say: >-
      一つ目の文です。
      二つ目の文です。
"""


def changed(text: str) -> list[str]:
    """Lines that are not as in `TEXT`."""
    return [line for line in text.splitlines() if line not in TEXT.splitlines()]


def test_a_value_changes_and_its_comment_stays() -> None:
    sheet = Sheet(TEXT)
    sheet.put(("queues", "tax", "priority"), 3)
    assert sheet.text == TEXT.replace("priority: 4", "priority: 3")


@pytest.mark.parametrize("name", ["?とは", ": から", "?", ":"])
def test_a_text_that_begins_with_a_sign_of_yaml_can_be_read_within_braces(name: str) -> None:
    sheet = Sheet(TEXT)
    sheet.put(("queues", "general", "stages", 0), {"group": name})
    assert Sheet(sheet.text).value(("queues", "general", "stages")) == [
        {"group": name},
        {"group": "tax", "after_seconds": "20"},
    ]


def test_what_reads_alike_is_not_written_anew() -> None:
    sheet = Sheet(TEXT)
    sheet.put(("queues", "general", "stages"), [{"group": "general"}, {"group": "tax", "after_seconds": 20}])
    sheet.put(("queues", "tax", "say"), "一つ目の文です。 二つ目の文です。")
    assert sheet.text == TEXT


def test_a_new_key_stands_behind_the_last_one_and_before_the_blank_line() -> None:
    sheet = Sheet(TEXT)
    sheet.put(("groups", "waste"), "ごみ")
    sheet.put(("queues", "general", "priority"), 2)
    assert sheet.text == TEXT.replace("  tax: 税\n\n", "  tax: 税\n  waste: ごみ\n\n").replace(
        "    entry: connecting\n", "    entry: connecting\n    priority: 2\n"
    )


def test_an_entry_goes_and_the_comments_of_its_neighbours_stay() -> None:
    sheet = Sheet(TEXT)
    sheet.remove(("queues", "general"))
    assert "# about queues\nqueues:\n\n  # about taxes\n  tax:\n" in sheet.text
    sheet.remove(("groups", "tax"))
    assert "general: 総合案内 # the first\n\n# about queues" in sheet.text


def test_an_entry_of_a_list_moves_with_its_comment() -> None:
    sheet = Sheet(TEXT)
    sheet.move(("queues", "general", "stages", 1), 0)
    assert (
        "      - {group: tax, after_seconds: 20} # later\n      - {group: general}\n    entry: connecting" in sheet.text
    )


def test_a_folded_text_stays_folded_with_a_sentence_on_each_line() -> None:
    sheet = Sheet(TEXT)
    new = "ただいまの時間は、電話での受付を終了しております。受付時間は、毎日8時から19時までです。またおかけ直しください。"
    sheet.put(("queues", "tax", "say"), new)
    assert changed(sheet.text) == [
        "      ただいまの時間は、電話での受付を終了しております。",
        "      受付時間は、毎日8時から19時までです。",
        "      またおかけ直しください。",
    ]


def test_numbers_of_telephones_are_quoted_and_amounts_are_not() -> None:
    sheet = Sheet(TEXT)
    sheet.put(("queues", "tax", "number"), "0339811111")
    sheet.put(("queues", "tax", "callback"), {"key": "1", "after_seconds": 90, "preview": True})
    assert changed(sheet.text) == [
        '    number: "0339811111"',
        '    callback: {key: "1", after_seconds: 90, preview: true}',
    ]


@pytest.mark.parametrize("text", ["a: [", "- 1", "a: 1\na: 2\n\t"])
def test_what_is_no_yaml_is_told(text: str) -> None:
    with pytest.raises(NotYaml):
        Sheet(text).put(("a",), 1)


WITHIN_BRACKETS = """\
# the file
---
# who is there
operators:
  - extensions: "2001-2003"
    names: [佐藤 花子,  # since April
            # for somebody who is away
            高橋 健太, 伊藤 大輔]
    skills: {general: 1}
  - {extensions: "2004", skills: {tax: 1}, names: [田中 美咲]}  # the last
exceptions: {  # the end of the year
  12-29..01-03: closed,
}
"""


def test_comments_within_brackets_stay_where_nothing_changes() -> None:
    sheet = Sheet(WITHIN_BRACKETS)
    sheet.put(("operators", 1, "skills"), {"tax": 2})
    assert sheet.text == WITHIN_BRACKETS.replace("{tax: 1}", "{tax: 2}")
    sheet.put(("operators", 0, "skills", "general"), 3)
    assert sheet.text == WITHIN_BRACKETS.replace("{tax: 1}", "{tax: 2}").replace("{general: 1}", "{general: 3}")
    sheet.put(("operators", 1, "skills", "waste"), 1)
    sheet.remove(("operators", 1, "skills", "tax"))
    assert Sheet(sheet.text).value(("operators", 1, "skills")) == {"waste": "1"}
    assert "# since April" in sheet.text
    assert "# the end of the year" in sheet.text
    assert sheet.text.startswith("# the file\n---\n# who is there\n")


def test_list_whose_entry_changes_is_written_anew_and_nothing_else_is() -> None:
    sheet = Sheet(WITHIN_BRACKETS)
    sheet.put(("operators", 0, "names"), ["佐藤 花子", "高橋 健一", "伊藤 大輔"])
    assert Sheet(sheet.text).value(("operators", 0, "names")) == ["佐藤 花子", "高橋 健一", "伊藤 大輔"]
    assert [line for line in WITHIN_BRACKETS.splitlines() if line not in sheet.text.splitlines()] == [
        line for line in WITHIN_BRACKETS.splitlines() if "佐藤" in line or "away" in line or "高橋" in line
    ]
