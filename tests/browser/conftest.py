"""Browser tests run when they are asked for: ``make browser``, ``pytest -m browser``, or by their path."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.browser import site as sites
from tests.browser.site import Site

CHROMIUM = "/usr/bin/chromium"
HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    marked = "browser" in str(config.option.markexpr)
    named = any("browser" in str(argument) for argument in config.invocation_params.args)
    return None if marked or named else True


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's; `make tools` installs it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made, thread = sites.start(tmp_path_factory.mktemp("site"))
    yield made
    sites.stop(made, thread)


@pytest.fixture(scope="session")
def photographs(pytestconfig: pytest.Config) -> Path | None:
    """Where pictures of every screen go, when somebody wants to look at them."""
    wanted = pytestconfig.getoption("--photographs")
    if wanted is None:
        return None
    folder = Path(str(wanted))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
