"""What the metrics of events and alarms say of themselves alike."""

from __future__ import annotations

SOURCE = (
    "Salfner, Lenk & Malek 2010, ACM Computing Surveys 42(3), article 10; matching one to one: Mesaros, Heittola & "
    "Virtanen 2016, Applied Sciences 6, 162."
)


def when(tolerance_s: float) -> str:
    """What is an event, what an alarm, and when the one counts for the other."""
    return (
        "Consecutive rows of one series with 1 are one event or one alarm, at the time of the first. An alarm counts "
        f"from {tolerance_s:.12g} seconds before the event begins until the event's last row; one alarm counts for "
        "one event."
    )
