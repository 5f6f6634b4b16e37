"""What holds for all tests."""

from hypothesis import settings

from tests.postgres import cluster, engine

__all__ = ["cluster", "engine"]

# A machine that does much else at once is slow, and that is no fault of what is tested: `timeout` ends what hangs.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
