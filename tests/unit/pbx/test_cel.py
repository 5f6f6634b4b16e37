"""Asterisk's account of its channels, read from lines as Asterisk 22 writes them."""

import json
from pathlib import Path

from ctl.pbx.cel import Channel, read
from ctl.switchboard.ids import LegId


def line(kind: str, at: float, leg: str, app: str = "") -> str:
    return json.dumps({"eventtype": kind, "eventtime": at, "uniqueid": leg, "linkedid": leg, "appname": app})


def test_channel_is_put_together_from_its_lines(tmp_path: Path) -> None:
    path = tmp_path / "cel.jsonl"
    lines = [
        line("CHAN_START", 100.0, "1.1"),
        line("ANSWER", 100.25, "1.1"),
        line("APP_START", 100.26, "1.1", "Stasis"),
        line("CHAN_START", 101.0, "1.1.l5"),
        line("HANGUP", 103.5, "1.1"),
        '{"eventtype":"HANGUP","eventti',
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    assert read(path).channels == {
        "1.1": Channel(LegId("1.1"), 100_000, 100_250, 103_500, ours=True),
        "1.1.l5": Channel(LegId("1.1.l5"), 101_000, None, None, ours=True),
    }


def test_channel_that_never_came_to_us_is_not_ours(tmp_path: Path) -> None:
    path = tmp_path / "cel.jsonl"
    path.write_text(line("CHAN_START", 100.0, "1.2"), encoding="utf-8")
    assert not read(path).channels[LegId("1.2")].ours
