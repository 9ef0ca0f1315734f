"""A Dask cluster that runs already does the tasks. distributed is wrapped here."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from typing import Protocol, TypeVar, cast

from imgscan.errors import UsageError
from imgscan.fleet.workers import Pending

_SECONDS = 20
_RETRIES = 1
_SCHEDULER = "scheduler-address"
"""The setting of Dask that names a scheduler."""

Result = TypeVar("Result")


class _Client(Protocol):
    """What is used of a client of Dask, which has no types."""

    status: str

    def nthreads(self) -> dict[str, int]:
        """Return the threads of each worker."""

    def submit(self, function: Callable[..., Result], /, *arguments: object, **settings: object) -> Pending[Result]:
        """Hand in a task."""

    def close(self) -> None:
        """Leave the cluster."""


class DaskWorkers:
    """The workers of a cluster, each with imgscan installed and the fleet's folder and sources at hand.

    A worker that is lost loses no task: the scheduler has others do what it had begun.
    """

    def __init__(self, address: str | None = None, seconds: float = _SECONDS) -> None:
        """Connect to the scheduler at ``address``, None: at the one that Dask's settings name. None is started.

        Raises:
            UsageError: distributed is not installed, no scheduler is named, or none answers.
        """
        try:
            import dask
            import distributed
        except ImportError as error:
            raise UsageError("the engine dask needs distributed: pip install imgscan[fleet]") from error
        address = address or dask.config.get(_SCHEDULER, None)
        if not address:
            raise UsageError("the engine dask takes the address of a scheduler: dask:tcp://HOST:8786")
        try:
            make: Callable[..., object] = distributed.Client  # which has no types
            self._client = cast("_Client", make(address, timeout=seconds, set_as_default=False))
        except (OSError, ValueError) as error:
            raise UsageError(f"no Dask scheduler answers at {address} ({error})") from error

    @property
    def slots(self) -> int:
        """How many threads all workers have now."""
        return max(sum(self._client.nthreads().values()), 1)

    def submit(self, key: str, function: Callable[..., Result], /, *arguments: object) -> Pending[Result]:
        """Hand in a task."""
        if self._client.status != "running":
            raise BrokenExecutor("the connection to the scheduler is lost")
        return self._client.submit(function, *arguments, key=key, pure=False, retries=_RETRIES)

    def renew(self) -> bool:
        """Say no: who lost the scheduler begins again later, and goes on where this ended."""
        return False

    def close(self) -> None:
        """Leave the cluster."""
        self._client.close()
