"""What holds for all tests."""

import os

from hypothesis import settings

from tests.postgres import cluster, engine

__all__ = ["cluster", "engine"]

# A machine that does much else at once is slow, and that is no fault of what is tested: `timeout` ends what hangs.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")

# A centre that whoever runs the tests has chosen in their shell is not ours.
for name in [name for name in os.environ if name.startswith("CTL_") and name != "CTL_CACHE"]:
    del os.environ[name]
