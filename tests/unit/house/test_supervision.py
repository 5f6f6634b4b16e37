"""What supervisord is told: read back with supervisor's own parser, so that its grammar is the judge."""

import subprocess
from pathlib import Path

import pytest
from supervisor.options import ServerOptions

from ctl.house.errors import HouseError
from ctl.house.services import Service
from ctl.house.supervision import BEHIND_CALLS, configuration, script, script_path
from ctl.settings import Settings


def service(name: str, *command: str) -> Service:
    return Service(name, command, "here", lambda: True, stop="INT", stop_within_s=7)


def understood(text: str, home: Path) -> ServerOptions:
    conf = home / "supervisor.conf"
    conf.write_text(text, encoding="utf-8")
    (home / "log").mkdir(exist_ok=True)
    options = ServerOptions()
    options.realize(["-c", str(conf), "-n"])
    return options


@pytest.mark.parametrize("folder", ["plain", "with space", "半角"])
def test_supervisor_understands_every_usable_home(tmp_path: Path, folder: str) -> None:
    home = tmp_path / folder
    home.mkdir()
    settings = Settings(home=home)
    options = understood(configuration(settings, [service("postgres", "postgres"), service("web", "ctl", "web")]), home)
    programs = {group.name: group.process_configs[0] for group in options.process_group_configs}
    assert set(programs) == {"postgres", "web"}
    assert str(script_path(settings, "web")) in programs["web"].command
    assert programs["web"].stopwaitsecs == 7
    assert not programs["web"].autostart


def test_logs_are_turned_over_as_the_settings_say(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, log_file_mb=3, log_files_kept=2)
    options = understood(configuration(settings, [service("web", "ctl", "web")]), tmp_path)
    web = options.process_group_configs[0].process_configs[0]
    megabytes = 3 * 1024 * 1024
    assert (web.stdout_logfile_maxbytes, web.stdout_logfile_backups) == (megabytes, 2)
    assert (options.logfile_maxbytes, options.logfile_backups) == (megabytes, 2)


@pytest.mark.parametrize("folder", ["a ;b", "a #b", "per%cent", "line\nbreak"])
def test_home_that_supervisor_would_misread_is_refused_by_name(tmp_path: Path, folder: str) -> None:
    with pytest.raises(HouseError, match="CTL_HOME"):
        configuration(Settings(home=tmp_path / folder), [service("web", "ctl")])


def test_script_becomes_the_service_whatever_its_words_are() -> None:
    text = script(service("asterisk", "/bin/sh", "-c", "mount a 'b'\nexec c # d; e"))
    assert text.splitlines()[1].startswith("exec /bin/sh -c ")
    assert text.startswith("# How the centre starts asterisk.")


def test_what_makes_way_for_calls_stands_behind_them() -> None:
    def rank(makes_way: bool) -> int:
        tells = ("cut", "-d", " ", "-f", "19", "/proc/self/stat")
        text = script(Service("web", tells, "here", lambda: True, makes_way=makes_way))
        return int(subprocess.run(["sh"], input=text, capture_output=True, text=True, check=True).stdout)

    assert rank(True) - rank(False) == BEHIND_CALLS
