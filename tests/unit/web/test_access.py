"""Everybody can use the screens (N-5): contrast computed from the style sheet, structure checked on real pages."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import pytest
from aiohttp.test_utils import TestClient, TestServer

from ctl.security.policy import Role
from ctl.settings import Settings
from ctl.web.app import make_app
from ctl.web.names import NameBook, Names
from ctl.web.pages import STATIC
from tests.unit.web.people import signed_in
from tests.unit.web.town import Browser, StubArchive, StubSwitchboard, a_day, busy_floor, story_of, ward_plan

TOKENS = (STATIC / "css" / "tokens.css").read_text(encoding="utf-8")
CALL = (STATIC / "css" / "call.css").read_text(encoding="utf-8")
READABLE = 4.5
"""WCAG 2.2 AA for text (1.4.3)."""
VISIBLE = 3.0
"""WCAG 2.2 AA for the edges of controls and of what a picture shows (1.4.11)."""

MEANT = ["--urge", "--warn", "--good", "--busy"]
TEXTS = [
    ("--ink", ["--paper", "--sheet", "--well", "--pressed", *(f"{one}-ground" for one in MEANT)]),
    ("--quiet", ["--paper", "--sheet", "--well", "--urge-ground"]),
    ("--link", ["--paper", "--sheet"]),
    ("--accent-ink", ["--accent", "--seal"]),
    ("--accent-quiet", ["--accent"]),
    ("--danger-ink", ["--danger"]),
    ("--urge", ["--sheet", "--urge-ground", "--paper"]),
    ("--warn", ["--sheet", "--warn-ground", "--paper"]),
    ("--good", ["--sheet", "--paper", "--good-ground"]),
    ("--busy", ["--sheet", "--busy-ground", "--paper"]),
]
EDGES = [("--strong-rule", ["--sheet", "--paper", "--well"]), ("--link", ["--sheet", "--paper", "--well"])]


def theme(dark: bool) -> dict[str, str]:
    blocks = re.findall(r":root \{(.*?)\}", TOKENS, re.DOTALL)
    light, night = (dict(re.findall(r"(--[\w-]+): (#[0-9a-f]{6})", block)) for block in blocks)
    return {**light, **night} if dark else light


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("least", "ink", "ground"),
    [(READABLE, ink, ground) for ink, grounds in TEXTS for ground in grounds]
    + [(VISIBLE, ink, ground) for ink, grounds in EDGES for ground in grounds],
)
def test_contrast_is_enough_in_both_themes(dark: bool, least: float, ink: str, ground: str) -> None:
    colours = theme(dark)
    assert contrast(colours[ink], colours[ground]) >= least


def test_only_tokens_name_colours() -> None:
    """What one sheet paints by itself escapes both the dark theme and the test of contrasts."""
    for sheet in sorted((STATIC / "css").glob("*.css")):
        found = re.findall(r"#[0-9a-f]{3,8}\b(?=[;\s,)])", sheet.read_text(encoding="utf-8"))
        assert sheet.name == "tokens.css" or set(found) <= {"#000", "#fff"}, f"{sheet.name}: {found}"


def test_every_kind_of_segment_has_a_pattern_of_its_own_or_a_colour_of_its_own() -> None:
    fills = dict(re.findall(r"\.k-(\w+)[^{]*\{ fill: ([^;]+); \}", CALL))
    assert {"ivr", "wait", "talk", "hold", "consult", "three_way", "handed_off", "closing", "ring"} <= set(fills)
    assert len(set(fills.values())) == len(fills)


@dataclass
class Structure(HTMLParser):
    """What matters of a page to those who do not see it."""

    lang: str | None = None
    headings: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    referred: set[str] = field(default_factory=set)
    labelled: set[str] = field(default_factory=set)
    controls: list[str | None] = field(default_factory=list)
    heads_without_scope: int = 0
    landmarks: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        for name in ("aria-labelledby", "aria-describedby", "list"):
            self.referred.update((found.get(name) or "").split())
        match tag:
            case "html":
                self.lang = found.get("lang")
            case "h1" | "h2" | "h3" | "h4":
                self.headings.append(int(tag[1]))
            case "label":
                self.labelled.add(found.get("for") or "")
            case "input" | "select" if found.get("type") != "hidden":
                self.controls.append(found.get("id"))
            case "th" if "scope" not in found:
                self.heads_without_scope += 1
            case "main" | "header" | "nav":
                self.landmarks.append(tag)
            case "section" | "audio" | "meter" if not {"aria-label", "aria-labelledby", "class"} & set(found):
                self.unnamed.append(tag)


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    day, calls = a_day()
    archive = StubArchive(*(story_of(day, call) for call in calls))
    app = make_app(Settings(), StubSwitchboard(busy_floor()), archive, NameBook(Names.of(ward_plan())))
    async with TestClient(TestServer(app)) as client:
        await signed_in(client, Role.SUPERVISOR)
        yield client


@pytest.mark.parametrize(
    "path", ["/floor", "/wallboard", "/calls", "/calls?called=x", "/calls/1781485200.1", "/nothing", "/_design"]
)
async def test_structure_can_be_heard(browser: Browser, path: str) -> None:
    page = Structure()
    answer = await browser.get(path)
    assert answer.status < 500
    page.feed(await answer.text())
    assert page.lang == "ja"
    assert page.headings.count(1) == 1
    assert page.headings[0] == 1
    assert all(later - earlier <= 1 for earlier, later in zip(page.headings, page.headings[1:], strict=False))
    assert {"main", "header", "nav"} <= set(page.landmarks)
    assert len(page.ids) == len(set(page.ids)), "an id names one thing"
    assert page.referred <= set(page.ids)
    assert set(page.controls) <= page.labelled, "every field has its label"
    assert page.heads_without_scope == 0
    assert page.unnamed == []
