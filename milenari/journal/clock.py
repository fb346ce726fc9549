"""The clock: the one place where the journal asks what time it is, so that a test can hold it still."""

from datetime import UTC, datetime


def now() -> datetime:
    """The instant, cut to the milliseconds that an entry keeps."""
    instant = datetime.now(UTC)
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)
