"""Facts on a Redis server, which many machines share. redis-py is wrapped here."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING

from imgscan.errors import UsageError
from imgscan.printable import printable

if TYPE_CHECKING:
    from redis import Redis

SCHEMES = ("redis://", "rediss://", "unix://")
PREFIX = "imgscan:facts:"

_SECONDS = 10
_PAUSE_SECONDS = 60
"""How long a server that did not answer is not asked again: each layer of an image would wait for it anew."""
_MAX_VALUE_BYTES = 256 << 20
"""Bytes of the largest record that is sent; Redis itself takes 512 MB."""


class RedisStore:
    """Keeps facts on a Redis server under ``imgscan:facts:KEY``; how much, its own ``maxmemory`` and policy say.

    Whoever can write to that server can write what reports say: it must not be open to others. A server that does not
    answer is as good as an empty one, but for one warning in the log.
    """

    def __init__(self, url: str, seconds_to_live: int | None = None) -> None:
        """Use the server of a URL; a record is forgotten ``seconds_to_live`` after it was written, None for never.

        Raises:
            UsageError: the package ``redis`` is not installed, or the URL is none of its.
        """
        try:
            import redis
        except ImportError:
            raise UsageError("facts on a Redis server need the package redis: pip install 'imgscan[redis]'") from None
        self._seconds_to_live = seconds_to_live
        self._warned = False
        self._silent_until = 0.0
        self._errors: tuple[type[Exception], ...] = (redis.RedisError, OSError, ValueError)
        self._silence: tuple[type[Exception], ...] = (redis.ConnectionError, redis.TimeoutError, OSError)
        try:
            self._client: Redis = redis.Redis.from_url(
                url, socket_timeout=_SECONDS, socket_connect_timeout=_SECONDS, single_connection_client=False
            )
        except ValueError as error:
            raise UsageError(f"no URL of a Redis server: {printable(str(error))}") from None

    def check(self) -> None:
        """Ask the server whether it is there.

        Raises:
            UsageError: it is not.
        """
        try:
            self._client.ping()
        except self._errors as error:
            # Of the URL nothing is quoted: it may hold a password.
            raise UsageError(f"the Redis server of the store does not answer: {printable(str(error))}") from None

    def get(self, key: str) -> bytes | None:
        """Return the value of a key, None where there is none or the server does not answer."""
        if self._is_silent():
            return None
        try:
            value = self._client.get(PREFIX + key)
        except self._errors as error:
            self._warn(error)
            return None
        return value if isinstance(value, bytes) else None

    def put(self, key: str, value: bytes) -> None:
        """Keep a value, if the server takes it."""
        if len(value) > _MAX_VALUE_BYTES or self._is_silent():
            return
        try:
            self._client.set(PREFIX + key, value, ex=self._seconds_to_live)
        except self._errors as error:
            self._warn(error)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _is_silent(self) -> bool:
        return time.monotonic() < self._silent_until

    def _warn(self, error: Exception) -> None:
        if isinstance(error, self._silence):
            self._silent_until = time.monotonic() + _PAUSE_SECONDS
        if not self._warned:
            self._warned = True
            logging.getLogger("imgscan").warning("the Redis server of the store fails: %s", printable(str(error)))
