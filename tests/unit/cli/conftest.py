"""What tests of commands stand on."""

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.postgres import Cluster


@pytest.fixture
def home(tmp_path: Path, cluster: Cluster, engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A centre of its own that has the Postgres of the tests, emptied."""
    assert engine is not None
    (tmp_path / "secrets.json").write_bytes((cluster.settings.home / "secrets.json").read_bytes())
    monkeypatch.setenv("CTL_HOME", str(tmp_path))
    monkeypatch.setenv("CTL_POSTGRES_PORT", str(cluster.settings.postgres_port))
    return tmp_path
