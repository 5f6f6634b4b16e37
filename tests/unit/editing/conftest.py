"""A site for every test."""

from pathlib import Path

import pytest

from tests.editing_site import Site, without_pbx


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    without_pbx(monkeypatch)
    return Site(tmp_path)
