"""Refusals that only Asterisk's log tells of: each is told once, also over the turning of the log."""

import json
from pathlib import Path

from ctl.pbx.refusals import Refusals


def line(source: str, message: str, level: str = "WARNING") -> str:
    """As Asterisk 22.10.1 writes them."""
    said = {"location": {"filename": source, "function": "f", "line": 1}, "level": level, "message": f"{message}\n"}
    about = {"hostname": "", "timestamp": "2026-11-29 19:26:40.911", "identifiers": {"lwp": 30205, "callid": ""}}
    return json.dumps(about | {"logmsg": said}) + "\n"


BLOCKED = "Endpoint {} transfer attempt blocked due to configuration"
ARI = line("acl.c", "HTTP Path ACLRejecting '192.0.2.2' due to a failure to pass ACL '(BASELINE)'", "NOTICE")
FORGED = line(
    "res_pjsip/pjsip_distributor.c",
    "Request 'INVITE' from '<sip:0%0d%0a%0d%0aEvent%3a%20Shutdown@192.0.2.1>' failed for '192.0.2.7:47767' (callid: 0c7fe95d) - "
    "No matching endpoint found",
    "NOTICE",
)
FULL = line("http.c", "HTTP session count exceeded 500 sessions.")
DIALLED = (
    "a\n[2026-11-29 19:26:40.911] NOTICE[1] res_pjsip_refer.c: "
    + BLOCKED.format("2003")
    + "\n"
    + BLOCKED.format("2003")
)
OTHERS = (
    line("res_stasis_playback.c", "1.4: Playback failed for sound:ctl/cd")
    + line("manager.c", "127.0.0.1 failed to authenticate as 'ctl'", "NOTICE")
    + line("res_pjsip_session.c", f"Call (UDP:192.0.2.7:5060) to extension '{DIALLED}' rejected", "NOTICE")
    + line("res_pjsip_session.c", BLOCKED.format("2003"))
    + line("res_pjsip_refer.c", f"x\n{BLOCKED.format('2003')}")
    + "[2026-11-29 19:26:41.018] NOTICE[31323] res_pjsip_refer.c: "
    + BLOCKED.format("2003")
    + "\nnull\n{}\n[]\n\n"
    + ARI[:-30]
    + "\n"
)


def refer(who: str) -> str:
    return line("res_pjsip_refer.c", BLOCKED.format(who))


class Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[tuple[str, str]] = []
        self.refusals = Refusals(path, lambda kind, who: self.told.append((kind, who)))
        self.refusals.read()

    def writes(self, text: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text)


def test_each_kind_of_refusal_is_told_once_and_nothing_else_whatever_stands_in_it(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "notices.jsonl")
    reader.writes(refer("2005") + OTHERS + ARI + FORGED + FULL)
    reader.refusals.read()
    reader.refusals.read()
    assert reader.told == [
        ("TransferBlocked", "2005"),
        ("HttpForbidden", "192.0.2.2"),
        ("LineBreakInName", "192.0.2.7"),
        ("HttpFull", "HTTP"),
    ]


def test_a_line_whose_end_is_not_written_yet_waits_for_it(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "notices.jsonl")
    text = refer("carrier")
    reader.writes(text[:100])
    reader.refusals.read()
    assert reader.told == []
    reader.writes(text[100:])
    reader.refusals.read()
    assert reader.told == [("TransferBlocked", "carrier")]


def test_what_stands_at_the_end_of_a_log_that_was_turned_over_is_told_too(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "notices.jsonl")
    reader.writes(refer("2001"))
    reader.refusals.read()
    reader.writes(refer("2002"))
    reader.path.rename(tmp_path / "notices.jsonl.0")
    reader.writes(refer("2003"))
    reader.refusals.read()
    assert [who for _, who in reader.told] == ["2001", "2002", "2003"]


def test_a_log_that_is_emptied_is_read_from_its_begin(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "notices.jsonl")
    reader.writes(OTHERS + refer("2001"))
    reader.refusals.read()
    reader.path.write_text(refer("2002"), encoding="utf-8")
    reader.refusals.read()
    assert [who for _, who in reader.told] == ["2001", "2002"]
