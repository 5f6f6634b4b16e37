"""What `ctl status` says of one service, from what the process manager knows and what its probe says."""

from typing import Any

import pytest

from ctl.house.services import Probe
from ctl.house.state import state_of


def serving() -> bool:
    return True


def refused() -> bool:
    raise ConnectionRefusedError


def known(statename: str, **other: Any) -> dict[str, Any]:
    return {"statename": statename, "start": 1_767_225_600, "stop": 1_767_225_660, "pid": 7, "spawnerr": "", **other}


@pytest.mark.parametrize(
    ("statename", "probe", "state"),
    [
        ("RUNNING", serving, "ready"),
        ("RUNNING", lambda: False, "starting"),
        ("RUNNING", refused, "starting"),
        ("STARTING", serving, "starting"),
        ("BACKOFF", serving, "failing"),
        ("FATAL", serving, "failing"),
        ("EXITED", serving, "failing"),
        ("STOPPED", serving, "stopped"),
    ],
)
def test_state_joins_process_and_probe(statename: str, probe: Probe, state: str) -> None:
    assert state_of(known(statename), probe)["state"] == state


def test_since_is_the_start_while_it_runs_and_the_end_afterwards() -> None:
    assert state_of(known("RUNNING"), serving)["since"] == "2026-01-01T00:00:00Z"
    assert state_of(known("EXITED"), serving)["since"] == "2026-01-01T00:01:00Z"


def test_service_that_was_never_started_has_no_since() -> None:
    assert state_of(known("STOPPED", start=0, stop=0), serving) == {"state": "stopped", "since": None}


def test_failing_service_says_why_when_it_is_known() -> None:
    assert state_of(known("FATAL", spawnerr="can't find command"), serving)["why"] == "can't find command"


@pytest.mark.parametrize(("probe", "state"), [(serving, "ready"), (refused, "stopped")])
def test_service_without_our_process_manager_is_known_by_its_answer(probe: Probe, state: str) -> None:
    assert state_of(None, probe)["state"] == state
