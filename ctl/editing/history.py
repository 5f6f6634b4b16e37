"""Who put what in force, when and why: the generations as people look at them."""

from pathlib import Path

from ctl.pbx.deploy.generations import Generations
from ctl.pbx.deploy.manifest import Manifest
from ctl.settings import Settings

Generation = Manifest
"""What is known of one."""


def number_in_force(settings: Settings) -> int | None:
    return Generations(settings).current


def current(settings: Settings) -> Manifest | None:
    """The generation in force; None before the first."""
    store = Generations(settings)
    return store.manifest(store.current) if store.current is not None else None


def all_of(settings: Settings) -> tuple[int | None, list[Manifest]]:
    """The number in force, and all that are kept, the newest first."""
    store = Generations(settings)
    return store.current, store.history()


def find(settings: Settings, number: int) -> Manifest | None:
    return next((one for one in Generations(settings).history() if one.number == number), None)


def flows(settings: Settings, number: int) -> Path:
    """The folder of flows of a generation that is kept. Raises `NoSuchGenerationError`."""
    return Generations(settings).flows(number)


def flows_before(settings: Settings, number: int) -> Path | None:
    """What was in force before this generation came; None when that is not kept any more."""
    store = Generations(settings)
    earlier = [one.number for one in store.history() if one.number < number and not one.taken_back]
    return store.flows(earlier[0]) if earlier else None
