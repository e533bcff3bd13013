"""Times to and from what a file of ours holds."""

from datetime import UTC, datetime


def stamp(when: datetime | None) -> str | None:
    """UTC in ISO 8601. Raises ValueError for a time without zone."""
    if when is None:
        return None
    if when.tzinfo is None:
        raise ValueError("a time in the outbox needs its zone")
    return when.astimezone(UTC).isoformat()


def moment(value: object) -> datetime | None:
    """The time that `stamp` wrote; None for None and for what is no time."""
    try:
        return datetime.fromisoformat(str(value)) if value is not None else None
    except ValueError:
        return None


EPOCH = datetime.fromtimestamp(0, UTC)
