"""A worker's connection to Redis, to which a message that cannot be read is a lost one, and not the worker's end."""

import logging
from typing import Any

from kombu.transport import redis

log = logging.getLogger(__name__)


class Channel(redis.Channel):
    """Drops junk: who waits for its operation is rung again by the keeper."""

    def _brpop_read(self, **options: Any) -> Any:
        try:
            return super()._brpop_read(**options)  # type: ignore[misc]
        except (ValueError, KeyError, TypeError, AttributeError):
            log.warning("a message on the broker could not be read and was dropped", exc_info=True)
            return True


class Transport(redis.Transport):
    """kombu's transport for Redis with such channels."""

    Channel = Channel
