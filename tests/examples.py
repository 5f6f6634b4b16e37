"""How many examples a property is tried with: few in the fast tests, all of them in `make test`."""

from hypothesis import settings

THOROUGH = "thorough"
QUICK = "quick"

# A machine that does much else at once is slow, and that is no fault of what is tested: `timeout` ends what hangs.
settings.register_profile(THOROUGH, deadline=None, max_examples=100)
settings.register_profile(QUICK, deadline=None, max_examples=20)


def examples(thorough: int, quick: int | None = None) -> int:
    """So many in the thorough tests; in the quick ones a fifth of it, but no fewer than five, or as many as said."""
    if settings.get_current_profile_name() == THOROUGH:
        return thorough
    return quick if quick is not None else max(thorough // 5, 5)
