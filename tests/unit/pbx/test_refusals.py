"""Refusals that only Asterisk's log tells of: each is told once, also over the turning of the log."""

from pathlib import Path

from ctl.pbx.refusals import Refusals

# As Asterisk 22.10.1 writes them.
REFER = "[2026-11-29 19:26:40.911] WARNING[30205] res_pjsip_refer.c: Endpoint {who} transfer attempt blocked due to configuration\n"
ARI = "[2026-11-29 19:26:41.017] NOTICE[31322] acl.c: HTTP Path ACLRejecting '192.0.2.2' due to a failure to pass ACL '(BASELINE)'\n"
FORGED = (
    "[2026-11-30 02:27:41.939] NOTICE[13781] res_pjsip/pjsip_distributor.c: Request 'INVITE' from "
    "'<sip:0%0d%0a%0d%0aEvent%3a%20Shutdown@192.0.2.1>' failed for '192.0.2.7:47767' (callid: 0c7fe95d) - No matching endpoint found\n"
)
OTHERS = (
    "[2026-11-29 19:26:40.506] WARNING[31308][C-05] res_stasis_playback.c: 1.4: Playback failed for sound:ctl/cd\n"
    "[2026-11-29 19:26:41.018] NOTICE[31323] manager.c: 127.0.0.1 failed to authenticate as 'ctl'\n"
    "[2026-11-29 19:26:39.371] NOTICE[3] res_pjsip/pjsip_distributor.c: Request 'INVITE' from '<sip:] WARNING[1] "
    "res_pjsip_refer.c: Endpoint 2001 transfer attempt blocked@192.0.2.7>' failed for '192.0.2.7:5060' (callid: 7)\n"
)


class Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.told: list[tuple[str, str]] = []
        self.refusals = Refusals(path, lambda kind, who: self.told.append((kind, who)))
        self.refusals.read()

    def writes(self, text: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(text)


def test_a_blocked_transfer_a_forbidden_machine_and_a_forged_name_are_told_and_nothing_else(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "messages")
    reader.writes(REFER.format(who="2005") + OTHERS + ARI + FORGED)
    reader.refusals.read()
    reader.refusals.read()
    assert reader.told == [
        ("TransferBlocked", "2005"),
        ("HttpForbidden", "192.0.2.2"),
        ("LineBreakInName", "192.0.2.7"),
    ]


def test_a_line_whose_end_is_not_written_yet_waits_for_it(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "messages")
    text = REFER.format(who="carrier")
    reader.writes(text[:100])
    reader.refusals.read()
    assert reader.told == []
    reader.writes(text[100:])
    reader.refusals.read()
    assert reader.told == [("TransferBlocked", "carrier")]


def test_what_stands_at_the_end_of_a_log_that_was_turned_over_is_told_too(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "messages")
    reader.writes(REFER.format(who="2001"))
    reader.refusals.read()
    reader.writes(REFER.format(who="2002"))
    reader.path.rename(tmp_path / "messages.0")
    reader.writes(REFER.format(who="2003"))
    reader.refusals.read()
    assert [who for _, who in reader.told] == ["2001", "2002", "2003"]


def test_a_log_that_is_emptied_is_read_from_its_begin(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "messages")
    reader.writes(OTHERS + REFER.format(who="2001"))
    reader.refusals.read()
    reader.path.write_text(REFER.format(who="2002"), encoding="utf-8")
    reader.refusals.read()
    assert [who for _, who in reader.told] == ["2001", "2002"]
