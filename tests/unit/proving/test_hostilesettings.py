"""What `make torture` deploys is refused before the PBX hears of it, and within moments."""

from pathlib import Path

import pytest

from ctl.config import ConfigError, load
from ctl.pbx.deploy.render import render
from ctl.pbx.deploy.values import Unrenderable
from ctl.secrets import Secrets
from ctl.settings import Settings
from tests.lab.ground import lab_flows
from tests.proving.hostilesettings import documents


@pytest.mark.parametrize("what", documents())
def test_hostile_settings_are_refused_where_they_are_read_or_where_they_are_told_to_the_pbx(
    tmp_path: Path, what: str
) -> None:
    file, text = documents()[what]
    settings = Settings(home=tmp_path, flows=lab_flows(tmp_path / "flows"))
    (settings.flows / file).write_text(text, encoding="utf-8")
    with pytest.raises((ConfigError, Unrenderable)):
        render(settings, Secrets.of(settings), load(settings.flows).plan)
