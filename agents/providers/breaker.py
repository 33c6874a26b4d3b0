"""When a participant that keeps failing is left out, so that the room goes on."""

PATIENCE = 3
"""Failed turns in a row."""

_HOPELESS = frozenset({"Unauthorised", "OutOfCredit", "NoSuchModel"})
"""Asking again cannot help before the person has done something."""


def should_bench(failures_in_a_row: int, error: str) -> bool:
    """Return whether the participant is left out from here on.

    Args:
        failures_in_a_row: Turns that failed since one succeeded, this one included.
        error: Class of the last failure, as `agents.errors` names it.
    """
    return error in _HOPELESS or failures_in_a_row >= PATIENCE
