"""Tests, measurements and attacks. They know no centre but those that they start themselves."""

import os

# What whoever runs them has chosen in their shell, or the ward in its settings file, is not ours: a centre that is tried
# on the machine of the ward's own must not register at its carrier.
for name in [name for name in os.environ if name.startswith("CTL_") and name != "CTL_CACHE"]:
    del os.environ[name]
os.environ["CTL_SETTINGS"] = ""
