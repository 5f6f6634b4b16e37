"""The keyboard as people without a mouse use it."""

import re

from playwright.sync_api import Page

NAME = """() => {
  const e = document.activeElement;
  return (e.ariaLabel || e.labels?.[0]?.textContent || e.textContent || "").trim();
}"""
MOST = 120


def focus_on(page: Page, name: str) -> None:
    """Tab on until the control whose name has this regular expression in it has the focus."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        if re.search(name, page.evaluate(NAME)):
            return
    raise AssertionError(f"no control {name!r} is reached by Tab")


def tab_to(page: Page, name: str) -> None:
    """The same for a name that begins like this."""
    focus_on(page, f"^{re.escape(name)}")
