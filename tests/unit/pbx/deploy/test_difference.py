"""What a deploy shows: all that changes, and no secret."""

from pathlib import Path

from hypothesis import given, strategies

from ctl.pbx.deploy.difference import changed, difference
from ctl.pbx.deploy.render import render
from ctl.secrets import Secrets
from ctl.settings import Settings
from ctl.switchboard.ids import Extension
from tests.plans import operator, plan_with

OPERATORS = [operator(str(number), civil=1) for number in range(2001, 2006)]


def test_no_secret_is_ever_shown(tmp_path: Path) -> None:
    centre = Settings(home=tmp_path, carrier_user="0339811111", carrier_password="swordfish")
    secrets = Secrets.of(centre)
    files = render(centre, secrets, plan_with(operators={one.extension: one for one in OPERATORS}))
    known = [secrets.ari, secrets.ami, secrets.ami_sentinel, secrets.ami_deploy, "swordfish"]
    known += [secrets.operator(one.extension) for one in OPERATORS]
    shown = "\n".join([*difference({}, files), *difference(files, {})])
    assert [secret for secret in known if secret in shown] == []
    assert all(secret in "".join(files.values()) for secret in known)


def test_a_new_operator_is_all_that_is_shown(tmp_path: Path) -> None:
    centre = Settings(home=tmp_path)
    secrets = Secrets.of(centre)
    before = render(centre, secrets, plan_with(operators={one.extension: one for one in OPERATORS[:4]}))
    after = render(centre, secrets, plan_with(operators={one.extension: one for one in OPERATORS}))
    assert set(changed(before, after)) == {"extensions.conf", "pjsip.conf"}
    lines = list(difference(before, after))
    assert '+callerid = "operator 2005" <2005>' in lines
    removed = [line for line in lines if line.startswith("-") and not line.startswith("---")]
    assert all("CTL_DIALPLAN" in line for line in removed)
    assert Extension("2004") not in "".join(line for line in lines if line.startswith("+"))


@given(strategies.dictionaries(strategies.text("abc", min_size=1), strategies.text()))
def test_equal_files_show_nothing(files: dict[str, str]) -> None:
    assert list(difference(files, dict(files))) == []
