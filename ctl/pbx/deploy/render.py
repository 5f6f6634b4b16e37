"""From settings, secrets and plan to the files of Asterisk. Pure: equal input gives equal text, nothing is written."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from ctl.config.music import USUAL
from ctl.pbx.deploy.context import UNMARKED, context
from ctl.pbx.deploy.expect import DIALPLAN, content_mark
from ctl.pbx.deploy.trust import OF_DEBIAN
from ctl.pbx.deploy.values import guard
from ctl.secrets import Secrets
from ctl.settings import SOURCE_ROOT, Settings
from ctl.switchboard.ids import MusicName
from ctl.switchboard.plan import Plan

STATIC = SOURCE_ROOT / "asterisk" / "etc"
TEMPLATES = SOURCE_ROOT / "dialplan_templates"

CERTIFICATE = "centre"
"""Base name of the self-made key pair."""
MUSIC: Mapping[MusicName, str] = {USUAL: "default"}
"""Class and directory of the music on hold, when the caller names none."""


@cache
def _environment(templates: Path) -> Environment:
    return Environment(
        loader=FileSystemLoader(templates, encoding="utf-8"),
        undefined=StrictUndefined,
        finalize=guard,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # this is not HTML; `guard` is the escape
    )


def render(
    settings: Settings,
    secrets: Secrets,
    plan: Plan,
    *,
    music: Mapping[MusicName, str] = MUSIC,
    trust: str = OF_DEBIAN,
    static: Path = STATIC,
    templates: Path = TEMPLATES,
) -> Mapping[str, str]:
    """Every file of Asterisk's configuration directory, by name, in the order of the alphabet.

    ``music``: the directory below ``asterisk/music`` of each class, see `ctl.pbx.deploy.music`. ``trust``: the file of authorities for a TLS carrier, see `ctl.pbx.deploy.trust`.
    Raises `Unrenderable` when something that people typed must not stand in a configuration line.
    """
    values = context(settings, secrets, plan, certificate=CERTIFICATE, music=music, trust=trust)
    files = {path.name: path.read_text(encoding="utf-8") for path in static.glob("*.conf")}
    environment = _environment(templates)
    for path in templates.glob("*.conf.j2"):
        files[path.name.removesuffix(".j2")] = environment.get_template(path.name).render(values)
    files[DIALPLAN] = files[DIALPLAN].replace(UNMARKED, content_mark(files[DIALPLAN]))
    return dict(sorted(files.items()))
