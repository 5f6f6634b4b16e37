"""Instants as documents write them."""

from datetime import UTC, datetime

from ctl.switchboard.ids import Millis


def iso(at: Millis) -> str:
    """An instant in milliseconds since the epoch as ``2026-04-01T00:00:00.000Z``."""
    return datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
