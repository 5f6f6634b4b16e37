"""What a failed test of the laboratory has to show."""

from pathlib import Path

from ctl.lab.centre import Centre
from ctl.settings import SOURCE_ROOT, Settings


def test_logs_hold_the_ends_of_what_every_part_said_asterisk_too(tmp_path: Path) -> None:
    centre = Centre(Settings(home=tmp_path))
    for path, said in (("log/worker.log", "shipped"), ("asterisk/log/messages", "DTLS failed")):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text("of old\n" * 30 + said + "\n", encoding="utf-8")
    shown = centre.logs(lines=2)
    assert shown.splitlines() == ["--- worker.log", "of old", "shipped", "--- messages", "of old", "DTLS failed"]
    assert "\nmessages = " in (SOURCE_ROOT / "asterisk" / "etc" / "logger.conf").read_text(encoding="utf-8")
