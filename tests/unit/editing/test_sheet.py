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
