"""How a service that answers nobody tells that it is ready: by what it wrote down last."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ctl.house.services import SHIPPED_LATELY, services
from ctl.house.state import serves
from ctl.ops.jobs import State, publish
from ctl.secrets import Secrets
from ctl.settings import Settings


def worker_is_ready(home: Path) -> bool:
    settings = Settings(home=home)
    known = services(settings, Secrets.of(settings), Path("/"), Path("/"))
    return serves(next(one for one in known if one.name == "worker").ready)


def told_by_worker(home: Path) -> Path:
    path = Settings(home=home).told_by("worker")
    path.parent.mkdir(exist_ok=True)
    return path


def shipped(ago: timedelta) -> State:
    state = State()
    state.succeeded(1, datetime.now(UTC) - ago)
    return state


def failed(state: State) -> State:
    state.failed(OSError("away"), datetime.now(UTC))
    return state


NOW = timedelta()


@pytest.mark.parametrize(
    ("ship", "cut", "ready"),
    [
        (lambda: shipped(NOW), lambda: shipped(NOW), True),
        (lambda: shipped(NOW), lambda: failed(State()), True),
        (State, lambda: shipped(NOW), False),
        (lambda: shipped(SHIPPED_LATELY), lambda: shipped(NOW), False),
        (lambda: failed(shipped(NOW)), lambda: shipped(NOW), False),
    ],
    ids=["ships", "ships but cannot cut", "has not shipped yet", "is stuck", "fails"],
)
def test_worker_is_ready_when_it_ships(
    tmp_path: Path, ship: Callable[[], State], cut: Callable[[], State], ready: bool
) -> None:
    publish(told_by_worker(tmp_path), {"ship": ship(), "cut": cut()})
    assert worker_is_ready(tmp_path) is ready


@pytest.mark.parametrize("report", [None, "", "[]", "{}"])
def test_worker_that_says_nothing_readable_is_not_ready(tmp_path: Path, report: str | None) -> None:
    if report is not None:
        told_by_worker(tmp_path).write_text(report)
    assert not worker_is_ready(tmp_path)
