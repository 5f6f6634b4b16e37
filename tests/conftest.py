"""What holds for all tests."""

import pytest
from hypothesis import settings

from tests.examples import QUICK
from tests.postgres import cluster, engine
from tools import assets

__all__ = ["cluster", "engine"]

settings.load_profile(QUICK)  # `pytest --hypothesis-profile thorough` tries more


def pytest_configure(config: pytest.Config) -> None:
    """What browsers are served is built before the first test, once, however many processes run them."""
    if not hasattr(config, "workerinput"):
        assets.ensure()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--photographs", metavar="FOLDER", help="browser tests: put a picture of every screen there")
