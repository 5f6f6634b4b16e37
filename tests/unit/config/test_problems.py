"""Whatever is wrong is refused with file, line, place, what is allowed, and the way out; all of it at once."""

import wave
from dataclasses import dataclass

import pytest

from ctl.config import ConfigError, Problem, load
from ctl.switchboard.ids import PromptName
from tests.unit.config.conftest import Files


@dataclass(frozen=True)
class Fault:
    """``old`` → ``new`` in a file; the problem must stand on the line with ``at`` and hold all of ``says``."""

    name: str
    file: str
    old: str
    new: str
    at: str
    says: tuple[str, ...]


FAULTS = [
    Fault("unknown key", "queues.yaml", "priority: 4", "priorty: 4", "priorty", ("unknown key", "'priority'", "stages")),
    Fault("key missing", "flows/fax.yaml", "start: notice\n", "", "label", ("'start' is missing",)),
    Fault("unknown key of a node", "flows/covid.yaml", "    closed: night", "    close: night", "close:", ("'closed'",)),
    Fault("no such kind", "flows/fax.yaml", "kind: close", "kind: clos", "notice:", ("'kind'", "play, menu, hours")),
    Fault("no such node", "flows/covid.yaml", "next: hours", "next: hour", "next:", ("no node 'hour'", "'hours'")),
    Fault("no such queue", "flows/covid.yaml", "queue: covid,", "queue: covit,", "covit", ("queue", "'covid'")),
    Fault("no such hours", "flows/covid.yaml", "hours: inquiry", "hours: inquiri", "inquiri", ("'inquiry'",)),
    Fault("no such menu", "flows/main.yaml", "menu: 税}", "menu: 税金}", "税金}", ("business menu", "戸籍・住民票")),
    Fault("no such flow", "services.yaml", "flow: fax", "flow: facs", "facs", ("no flow 'facs'", "main")),
    Fault("no such start", "flows/fax.yaml", "start: notice", "start: note", "start:", ("no node 'note'",)),
    Fault("no such group", "queues.yaml", "group: covid", "group: corona", "corona", ("skill group",)),
    Fault("no such skill", "operators.yaml", "{tax: 1", "{taks: 1", "taks", ("no skill group 'taks'", "did you mean 'tax'")),
    Fault("announcement missing", "flows/fax.yaml", "fax-notice", "fax-note", "fax-note", ("'fax-notice'",)),
    Fault("own announcement missing", "announcements.yaml", "  system-held: 保留しました。\n", "", "announcements:", ("'system-held'", "write its text")),
    Fault("wrong type", "queues.yaml", "priority: 4", "priority: high", "priority: high", ("integer", "'high'")),
    Fault("out of range", "queues.yaml", "priority: 4", "priority: 12", "priority: 12", ("less than or equal to 9",)),
    Fault("a list where a word belongs", "flows/fax.yaml", "start: notice", "start: [notice]", "start:", ("string", "a list")),
    Fault("nothing where a word belongs", "flows/fax.yaml", "start: notice", "start:", "start:", ("got nothing",)),
    Fault("number with letters", "services.yaml", '"0339811111"', '"03-3981-111I"', "111I", ("10 or 11 digits",)),
    Fault("number that lost its zero", "services.yaml", '"0339811111"', "339811111", "339811111", ("10 or 11 digits",)),
    Fault("number twice", "services.yaml", '"0345662466"', '"03-3981-1111"', "03-3981-1111", ("stands twice", "line 4")),
    Fault("extension twice", "operators.yaml", '"2011-2020"', '"2010-2019"', "2010-2019", ("extension 2010 stands twice",)),
    Fault("extension with letters", "operators.yaml", '"2001-2010"', '"2001-201O"', "201O", ("3 to 5 digits",)),
    Fault("range backwards", "operators.yaml", '"2001-2010"', '"2010-2001"', "2010-2001", ("go forward",)),
    Fault("names do not match", "operators.yaml", '"2001-2010"', '"2001-2009"', "names", ("10 names for 9",)),
    Fault("code twice", "departments.yaml", 'code: "102"', 'code: "101"', '"101", name: 広報課', ("101 stands twice",)),
    Fault("reading in kanji", "departments.yaml", "reading: こうほうか", "reading: 広報か", "広報か", ("hiragana",)),
    Fault("department number with letters", "departments.yaml", "03-0000-0102", "03-0000-01o2", "01o2", ("digits",)),
    Fault("department hours", "departments.yaml", "hours: exchange", "hours: echange", "echange", ("'exchange'",)),
    Fault("mode for a stranger's number", "modes.yaml", '"0345662466": {site', '"0345662467": {site', "0345662467", ("none of our numbers", "0345662466")),
    Fault("mode with no such flow", "modes.yaml", "flow: emergency, queue: general}\n    hours:\n      inquiry: {label: 問合せ対応（緊急体制）", "flow: emergensy, queue: general}\n    hours:\n      inquiry: {label: 問合せ対応（緊急体制）", "emergensy", ("no flow 'emergensy'", "'emergency'")),
    Fault("mode with no such site", "modes.yaml", '"0345662466": {site: backup', '"0345662466": {site: bakup', "bakup", ("no site 'bakup'", "backup")),
    Fault("mode with no such queue", "modes.yaml", "      insurance: {entry", "      insurence: {entry", "insurence", ("no queue 'insurence'", "'insurance'")),
    Fault("mode with no such hours", "modes.yaml", "inquiry: {label: 問合せ対応（災害）", "inquire: {label: 問合せ対応（災害）", "inquire:", ("'inquiry'",)),
    Fault("mode with a wrong hour", "modes.yaml", "（災害）, weekdays: {every-day: 0:00-24:00}", "（災害）, weekdays: {every-day: 0:00-25:00}", "25:00", ('"0:00" to "24:00"',)),
    Fault("mode with no such group", "modes.yaml", "covid: {general: 2}", "covit: {general: 2}", "covit", ("skill group", "'covid'")),
    Fault("mode that gives no such skill", "modes.yaml", "covid: {general: 2}", "covid: {genral: 2}", "genral", ("skill group", "'general'")),
    Fault("mode with an unknown key", "modes.yaml", "priority: 1, repeat", "priorty: 1, repeat", "priorty", ("unknown key", "'priority'")),
    Fault("mode says nothing that exists", "modes.yaml", "priority: 1, repeat: emergency-wait", "priority: 1, repeat: emergency-weit", "emergency-weit", ("'emergency-wait'",)),
    Fault("mode called normal", "modes.yaml", "  busy:", "  normal:", "normal:", ("choose another name",)),
    Fault("mode nobody serves", "modes.yaml", "stages: [{group: general}, {group: exchange}, {group: register}, {group: tax}, {group: insurance}]", "stages: [{group: waste, max_level: 1}, {group: covid, max_level: 1}]\n        ring_timeout_seconds: 0", "ring_timeout", ("greater than 0",)),
    Fault("site that is ourselves", "modes.yaml", "03-0000-0901", "03-3981-1111", "03-3981-1111", ("our own number", "come back")),
    Fault("site without lines", "modes.yaml", "limit: 20", "limit: 0", "limit: 0", ("greater than or equal to 1",)),
    Fault("refuge until no day", "modes.yaml", "modes:\n", 'when_nobody: {site: backup, after_seconds: 60, permitted_by: 区, permitted_until: "2027-02-30"}\nmodes:\n', "2027-02-30", ("not a date", "2027-03-31")),
    Fault("refuge that is no site", "modes.yaml", "modes:\n", 'when_nobody: {site: bakup, after_seconds: 60, permitted_by: 区, permitted_until: "2027-03-31"}\nmodes:\n', "bakup", ("no site 'bakup'",)),
    Fault("bands overlap", "calendar.yaml", "8:30-17:15", "8:30-12:00, 11:00-17:15", "11:00", ("overlap at 11:00",)),
    Fault("days overlap", "calendar.yaml", "mon-fri: 8:30-17:15", "mon-fri: 8:30-17:15\n      fri: 9:00-10:00", "fri: 9:00", ("'mon-fri' too", "overlap")),
    Fault("dates overlap", "calendar.yaml", "12-29..01-03: closed", "12-29..01-03: closed\n      12-31: 8:30-12:00", "12-31:", ("'12-29..01-03' too", "overlap")),
    Fault("band backwards", "calendar.yaml", "8:30-17:15", "17:15-8:30", "17:15-8:30", ("ends before it starts",)),
    Fault("no such time", "calendar.yaml", "8:30-17:15", "8:30-25:15", "25:15", ('"0:00" to "24:00"',)),
    Fault("no such weekday", "calendar.yaml", "mon-fri", "mon-fry", "mon-fry", ("every-day",)),
    Fault("no such date", "calendar.yaml", "12-29..01-03", "12-32..01-03", "12-32", ('"2026-12-29"',)),
    Fault("reason of the switchboard", "centre.yaml", "break: 休憩", "ring_timeout: 休憩", "ring_timeout:", ("gives itself",)),
    Fault("feature code twice", "centre.yaml", 'logout: "*12"', 'logout: "*11"', "logout:", ("*11 stands twice",)),
    Fault("feature code", "centre.yaml", 'logout: "*12"', 'logout: "12"', "logout:", ("a star and two digits",)),
    Fault("nothing left for callers", "centre.yaml", "reserve: 4", "reserve: 40", "reserve:", ("40 of 40", "less than limit")),
    Fault("destination that is no prefix", "centre.yaml", 'prefix: "0"', 'prefix: "+81"', "+81", ("0 first",)),
    Fault("destination twice", "centre.yaml", '    - {prefix: "0"', '    - {prefix: "0", label: 国内}\n    - {prefix: "0"', "固定電話", ("0 stands twice",)),
    Fault("department outside the allow-list", "departments.yaml", "03-0000-0102", "0570-000102", "0570-000102", ("outside.destinations in centre.yaml", "list its prefix")),
    Fault("key of the telephone", "flows/main.yaml", '"5": {', '"10": {', '"10"', ("0 to 9",)),
    Fault("announced key leads nowhere", "flows/main.yaml", '      "5": {next: waste, menu: ごみ・環境}\n', "", "choices:", ("key 5",)),
    Fault("unreachable node", "flows/fax.yaml", "  notice:", "  lost: {kind: hang_up}\n  notice:", "lost:", ("no caller",)),
    Fault("silent loop", "flows/covid.yaml", "closed: night", "closed: greeting", "  greeting:", ("greeting → hours → greeting",)),
    Fault("call-back hours", "queues.yaml", "callback: {hours: inquiry", "callback: {hours: inquri", "inquri", ("opening hours", "'inquiry'")),
    Fault("call-back for nobody", "queues.yaml", "callback: {hours: inquiry, after_seconds: 120}", "callback: {hours: inquiry}", "callback: {hours: inquiry}", ("after_seconds, from_position or both",)),
    Fault("call-back by two keys", "queues.yaml", "after_seconds: 120}", 'after_seconds: 120, key: "12"}', '"12"', ("0 to 9",)),
    Fault("call-back never tried", "queues.yaml", "after_seconds: 120}", "after_seconds: 120, attempts: 0}", "attempts: 0", ("greater than or equal to 1",)),
    Fault("wrap-up of a strange kind", "queues.yaml", "  covid:\n    label: 新型コロナ", "  covid:\n    wrap_up: {kind: for_ever}\n    label: 新型コロナ", "for_ever", ("'until_done' or 'until_saved'",)),
    Fault("fixed wrap-up without its time", "queues.yaml", "  covid:\n    label: 新型コロナ", "  covid:\n    wrap_up: {kind: fixed}\n    label: 新型コロナ", "kind: fixed", ("fixed without seconds", "fixed, limited")),
    Fault("wrap-up with a strange time", "queues.yaml", "  covid:\n    label: 新型コロナ", "  covid:\n    wrap_up: {kind: until_saved, seconds: 5}\n    label: 新型コロナ", "seconds: 5", ("until_saved with seconds",)),
    Fault("telephones that have no time to speak", "centre.yaml", "silence_seconds: 2.5", "silence_seconds: 0.2", "silence_seconds: 0.2", ("greater than or equal to 1",)),
    Fault("queue without operators", "operators.yaml", "{waste: 1, general: 2, exchange: 2}", "{general: 2}", "", ()),
    Fault("duplicate key", "flows/fax.yaml", "start: notice", "start: notice\nstart: other", "start: other", ("stands twice",)),
    Fault("tab", "flows/fax.yaml", "  notice:", "\tnotice:", "\tnotice:", ("spaces",)),
    Fault("stage that adds nobody", "queues.yaml", "      - {group: covid, max_level: 2}", "      - {group: covid, max_level: 2}\n      - {group: covid, max_level: 1, after_seconds: 9}", "after_seconds: 9", ("adds nobody", "stage 1", "raise max_level")),
    Fault("stage that never opens", "queues.yaml", "{group: general, after_seconds: 30}", "{group: general, after_seconds: 30}\n    overflow: [{when: waited, after_seconds: 30, say: night}]", "{group: general, after_seconds: 30}", ("never opens", "less than")),
    Fault("ageing of no time", "queues.yaml", "queues:\n", "routing: {ageing_seconds: 0}\nqueues:\n", "ageing_seconds", ("greater than or equal to 1",)),
    Fault("unknown key of routing", "queues.yaml", "queues:\n", "routing: {aging_seconds: 60}\nqueues:\n", "aging_seconds", ("'ageing_seconds'", "keep_place_minutes", "same_operator_minutes")),
    Fault("overflow for no reason", "queues.yaml", "  covid:\n    label: 新型コロナ", "  covid:\n    overflow:\n      - {when: bored, say: night}\n    label: 新型コロナ", "bored", ("'waited', 'expected', 'crowd', 'nobody', 'full' or 'closed'",)),
    Fault("overflow without its condition", "queues.yaml", "  covid:\n    label: 新型コロナ", "  covid:\n    overflow:\n      - {when: full, say: night}\n    label: 新型コロナ", "when: full", ("needs the key 'callers'",)),
    Fault("overflow with a strange condition", "queues.yaml", "  covid:\n    label: 新型コロナ", "  covid:\n    overflow:\n      - {when: full, callers: 5, hours: inquiry, say: night}\n    label: 新型コロナ", "when: full", ("no 'hours'", "allowed: callers")),
    Fault("overflow to two places", "queues.yaml", "  covid:\n    label: 新型コロナ", "  covid:\n    overflow:\n      - {when: nobody, queue: tax, say: night}\n    label: 新型コロナ", "when: nobody", ("queue, department, site, callback or say", "queue and say")),
    Fault("overflow to no place", "queues.yaml", "  covid:\n    label: 新型コロナ", "  covid:\n    overflow:\n      - {when: nobody}\n    label: 新型コロナ", "when: nobody", ("queue, department, site, callback or say", "none")),
    Fault("overflow by an unlimited expectation", "queues.yaml", "  covid:\n    label: 新型コロナ", "  covid:\n    overflow:\n      - {when: expected, after_seconds: 9, say: night}\n    label: 新型コロナ", "when: expected", ("needs the key 'wait_seconds'",)),
    Fault("overflow into call-backs of a queue that makes none", "queues.yaml", "  covid:\n    label: 新型コロナ", "  covid:\n    overflow:\n      - {when: full, callers: 9, callback: true}\n    label: 新型コロナ", "callback: true", ("makes no call-backs", "give it a callback")),
    Fault("overflow into call-backs when closed", "queues.yaml", "  covid:\n    label: 新型コロナ", "  covid:\n    overflow:\n      - {when: closed, hours: inquiry, callback: true}\n    label: 新型コロナ", "callback: true", ("closed", "allowed: queue, department, site or say")),
    Fault("overflow to no such queue", "queues.yaml", "  covid:\n    label: 新型コロナ", "  covid:\n    overflow:\n      - {when: nobody, queue: taks}\n    label: 新型コロナ", "queue: taks", ("no queue 'taks'", "did you mean 'tax'")),
    Fault("overflow to no such department", "queues.yaml", "  covid:\n    label: 新型コロナ", "  covid:\n    overflow:\n      - {when: nobody, department: \"999\"}\n    label: 新型コロナ", "999", ("no department '999'",)),
    Fault("overflow to no such site", "queues.yaml", "  covid:\n    label: 新型コロナ", "  covid:\n    overflow:\n      - {when: nobody, site: mars}\n    label: 新型コロナ", "site: mars", ("no site 'mars'",)),
    Fault("overflow by no such hours", "queues.yaml", "  covid:\n    label: 新型コロナ", "  covid:\n    overflow:\n      - {when: closed, hours: inquiri, say: night}\n    label: 新型コロナ", "inquiri", ("'inquiry'",)),
    Fault("broken bracket", "queues.yaml", "{group: covid, max_level: 2}", "{group: covid, max_level: 2", "after_seconds: 30", ("not YAML",)),
    Fault("alias", "flows/fax.yaml", "say: fax-notice", "say: *fax", "say:", ("aliases",)),
    Fault("anchor", "flows/fax.yaml", "say: fax-notice", "say: &fax fax-notice", "say:", ("anchors",)),
    Fault("tag", "flows/fax.yaml", "say: fax-notice", "say: !!python/object fax-notice", "say:", ("tags",)),
    Fault("second document", "flows/fax.yaml", "nodes:", "---\nnodes:", "---", ("one document",)),
    Fault("no such sound", "announcements.yaml", "system-held: 保留しました。", "system-held: {text: 保留しました。, sound: sounds/held.wav}", "system-held", ("sounds/held.wav", "WAV")),
    Fault("sound outside the folder", "announcements.yaml", "system-held: 保留しました。", "system-held: {text: 保留しました。, sound: ../held.wav}", "system-held", ("pattern",)),
]  # fmt: skip


def problems(files: Files) -> tuple[Problem, ...]:
    with pytest.raises(ConfigError) as caught:
        load(files.path)
    return caught.value.problems


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault.at], ids=lambda fault: fault.name)
def test_fault_is_named_with_its_line_and_what_is_allowed(files: Files, fault: Fault) -> None:
    files.change(fault.file, fault.old, fault.new)
    found = problems(files)
    expected = (f"ivr_flows/{fault.file}", files.line(fault.file, fault.at))
    here = [problem for problem in found if (problem.file, problem.line) == expected]
    assert here, f"expected at {expected}, got:\n" + "\n".join(map(str, found))
    assert any(all(part in problem.message for part in fault.says) for problem in here), here


def test_queue_that_nobody_can_serve(files: Files) -> None:
    text = files.read("queues.yaml").replace("groups:", "groups:\n  nobody: 不在")
    files.write("queues.yaml", text.replace("- group: general", "- group: nobody"))
    assert [problem.line for problem in problems(files) if "wait for ever" in problem.message] == [
        files.line("queues.yaml", "stages:")
    ]


def test_overflow_that_never_ends(files: Files) -> None:
    files.change(
        "queues.yaml", "    label: 税\n", "    label: 税\n    overflow:\n      - {when: nobody, queue: waste}\n"
    )
    files.change(
        "queues.yaml",
        "    label: ごみ・環境\n",
        "    label: ごみ・環境\n    overflow:\n      - {when: full, callers: 9, queue: tax}\n",
    )
    told = {problem.line: problem.message for problem in problems(files)}
    assert "tax → waste → tax" in told[files.line("queues.yaml", "queue: waste")]
    assert "waste → tax → waste" in told[files.line("queues.yaml", "queue: tax")]


def test_announcements_of_call_backs_are_needed_where_they_are_offered(files: Files) -> None:
    files.change("announcements.yaml", "  digit-7: なな\n", "")
    first = next(problem for problem in problems(files) if problem.file == "ivr_flows/queues.yaml")
    assert first.line == files.line("queues.yaml", "callback: {")
    assert "digit-7" in first.message


def test_every_problem_is_told_at_once(files: Files) -> None:
    files.change("queues.yaml", "priority: 4", "priorty: 4")
    files.change("services.yaml", "flow: fax", "flow: facs")
    files.change("calendar.yaml", "8:30-17:15", "8:30-17:75")
    files.change("flows/fax.yaml", "say: fax-notice", "say: fax-note")
    assert [problem.file for problem in problems(files)] == [
        f"ivr_flows/{name}" for name in ("calendar.yaml", "flows/fax.yaml", "queues.yaml", "services.yaml")
    ]


def test_broken_file_brings_no_other_problems_with_it(files: Files) -> None:
    files.change("queues.yaml", "groups:", "groups: [")
    assert {problem.file for problem in problems(files)} == {"ivr_flows/queues.yaml"}


@pytest.mark.parametrize("text", ["", "\n", "# only a comment\n", "~\n", "---\n"])
def test_empty_file(files: Files, text: str) -> None:
    files.write("centre.yaml", text)
    assert any("is empty" in problem.message for problem in problems(files))


def test_file_that_is_not_utf8(files: Files) -> None:
    (files.path / "centre.yaml").write_bytes("wrap_up: true\nreason: 休憩\n".encode("cp932"))
    found = problems(files)
    assert [(problem.line, "UTF-8" in problem.message) for problem in found] == [(2, True)]


def test_file_that_is_missing(files: Files) -> None:
    (files.path / "centre.yaml").unlink()
    assert [str(problem) for problem in problems(files)] == [
        "ivr_flows/centre.yaml: cannot be read: No such file or directory"
    ]


def test_folder_that_is_missing(files: Files) -> None:
    with pytest.raises(ConfigError, match="CTL_FLOWS"):
        load(files.path / "nowhere")


def test_file_that_nobody_reads(files: Files) -> None:
    files.write("queue.yaml", "queues: {}\n")
    files.write("flows/new.yml", "start: x\n")
    assert [(problem.file, "is not read" in problem.message) for problem in problems(files)] == [
        ("ivr_flows/flows/new.yml", True),
        ("ivr_flows/queue.yaml", True),
    ]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: " + "[" * 60_000, "nested too deeply"),
        ("a: " + "{a: " * 60_000, "nested too deeply"),
        ("[" + "1, " * 60_000 + "]", "too many values"),
        ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "anchors"),
        ("# " + "x" * 1_000_001, "too many"),
        ("? [a, b]\n: c\n", "key must be plain text"),
        ("just words", "'key: value' belong here"),
        ("a\x00b: c", "not YAML"),
    ],
)
def test_yaml_that_would_hurt_is_refused(files: Files, text: str, says: str) -> None:
    files.write("centre.yaml", text)
    found = problems(files)
    assert [says in problem.message or says in str(problem) for problem in found] == [True]


def test_uploaded_sound_is_named_by_its_content(files: Files) -> None:
    (files.path / "sounds").mkdir(exist_ok=True)
    with wave.open(str(files.path / "sounds" / "held.wav"), "wb") as sound:
        sound.setparams((1, 2, 16000, 0, "NONE", ""))
        sound.writeframes(bytes(16000))
    files.change(
        "announcements.yaml", "system-held: 保留しました。", "system-held: {text: 保留, sound: sounds/held.wav}"
    )
    before = load(files.path).prompts[PromptName("system-held")]
    with wave.open(str(files.path / "sounds" / "held.wav"), "wb") as sound:
        sound.setparams((1, 2, 16000, 0, "NONE", ""))
        sound.writeframes(bytes(16002))
    after = load(files.path).prompts[PromptName("system-held")]
    assert before.sound == files.path / "sounds" / "held.wav"
    assert before.media != after.media


def test_what_is_only_worth_knowing_is_remarked(files: Files) -> None:
    files.write("flows/spare.yaml", files.read("flows/fax.yaml"))
    files.change("announcements.yaml", "announcements:", "announcements:\n  spare: 予備です。")
    files.change("flows/main.yaml", '"1": {next: general}', '"1": {next: general}\n      "2": {next: general}')
    remarks = [str(remark) for remark in load(files.path).remarks]
    line = files.line("announcements.yaml", "spare:")
    key = files.line("flows/main.yaml", '"2": {next: general}')
    assert remarks == [
        f"ivr_flows/announcements.yaml:{line}: announcements spare: nothing says this announcement",
        f"ivr_flows/flows/main.yaml:{key}: "
        "nodes exchange-closed-menu choices 2: no announcement of this menu names the key 2",
        "ivr_flows/flows/spare.yaml:2: no number in services.yaml leads to this flow, and no mode",
    ]


def test_what_a_ward_may_run_with_though_it_leads_back_to_itself_is_remarked(files: Files) -> None:
    files.change("departments.yaml", "03-0000-0102", "03-3981-1111")
    usual = "{entry: [busy-notice, connecting], repeat: busy-wait}"
    for name, other in (("tax", "insurance"), ("insurance", "tax")):
        rule = f"{{overflow: [{{when: waited, after_seconds: 30, queue: {other}}}]}}"
        files.change("modes.yaml", f"      {name}: {usual}", f"      {name}: {rule}")
    told = [remark.message for remark in load(files.path).remarks]
    assert "0339811111 is our own number: its calls would come back to us; name one of the department" in told
    assert "overflow that never ends: tax → insurance → tax; send one of them elsewhere" in told
