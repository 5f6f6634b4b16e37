"""What is looked at on every page: the rules of WCAG 2.2 AA that axe knows, reading at 200 % and 400 %, motion."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Page

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

ZOOMED = {100: (1280, 800), 200: (640, 400), 400: (320, 256)}
"""What is left of a window of 1280 × 800 at each zoom, in CSS pixels; 320 is what WCAG 1.4.10 asks for."""

CUT_OFF = """() => [...document.querySelectorAll("main p, main li, main h1, main h2, main label, main dt, main dd, main button, main a")]
  .filter((e) => !e.matches(".hidden, .hidden *") && e.getClientRects().length)
  .filter((e) => getComputedStyle(e).overflowX !== "visible" && e.scrollWidth > e.clientWidth + 1)
  .map((e) => e.outerHTML.slice(0, 120))"""
"""Texts of which a part cannot be seen."""

SIDEWAYS = """() => {
  const wide = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (wide <= 0) return [];
  return [...document.querySelectorAll("body *")]
    .filter((e) => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .filter((e) => !e.closest("[tabindex='0']") || e.matches("[tabindex='0']"))
    .map((e) => e.outerHTML.slice(0, 120));
}"""
"""What makes the page wider than the window. Tables and pictures may scroll in a frame of their own (1.4.10)."""

MOVING = "() => document.getAnimations().filter((a) => a.playState === 'running').map((a) => a.animationName ?? 'transition')"


def violations(page: Page) -> list[str]:
    """What axe finds wrong, one line each."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, Any] = page.evaluate(
        "rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']})", RULES
    )
    return [
        f"{one['id']}: {node['html'][:160]} ({node['failureSummary']})"
        for one in found["violations"]
        for node in one["nodes"]
    ]


def zoomed(page: Page, percent: int) -> None:
    width, height = ZOOMED[percent]
    page.set_viewport_size({"width": width, "height": height})
