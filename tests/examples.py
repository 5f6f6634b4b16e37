"""How many examples a property is tried with: few in the fast tests, all of them in `make test`."""

from hypothesis import settings

THOROUGH = "thorough"
QUICK = "quick"

# A machine that does much else at once is slow, and that is no fault of what is tested: `timeout` ends what hangs.
settings.register_profile(THOROUGH, deadline=None, max_examples=100)
settings.register_profile(QUICK, deadline=None, max_examples=20)


def examples(thorough: int) -> int:
    """So many in the thorough tests, a fifth of it in the quick ones, but no fewer than five."""
    share = settings.get_current_profile_name() == THOROUGH or 0.2
    return max(round(thorough * share), 5)
