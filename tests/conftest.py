"""What holds for all tests."""

import os

from hypothesis import settings

from tests.examples import QUICK
from tests.postgres import cluster, engine

__all__ = ["cluster", "engine"]

settings.load_profile(QUICK)  # `pytest --hypothesis-profile thorough` tries more

# A centre that whoever runs the tests has chosen in their shell is not ours.
for name in [name for name in os.environ if name.startswith("CTL_") and name != "CTL_CACHE"]:
    del os.environ[name]
