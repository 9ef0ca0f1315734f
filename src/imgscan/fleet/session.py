"""What a process keeps for the tasks of a fleet: analyzers, compiled patterns, facts that are read often."""

from __future__ import annotations

import os
from functools import lru_cache

from imgscan.engine.prepared import Prepared
from imgscan.errors import UsageError
from imgscan.fleet.job import Job, facts_digest
from imgscan.fleet.kept_facts import KeptFacts
from imgscan.fleet.packed_facts import FactCodec
from imgscan.kept.units import ObserverUnits
from imgscan.version import __version__


class Session:
    """All that tasks of one job share in one process; may be used from several threads."""

    def __init__(self, job: Job) -> None:
        if job.version != __version__:
            raise UsageError(f"a worker has imgscan {__version__}, and the fleet was begun by {job.version}")
        self.prepared = Prepared(job.options)
        # Of this process, not of who began the fleet: a machine with other libraries has facts of its own.
        surroundings = facts_digest(job.options)
        codec = FactCodec(ObserverUnits(self.prepared.surveyor), self.prepared.secrecy, surroundings)
        self.facts = KeptFacts(os.path.join(job.out, "facts", surroundings[:16]), codec)


@lru_cache(maxsize=2)
def session_of(job: Job) -> Session:
    """Return the session of a job, made when its first task comes to this process.

    Raises:
        UsageError: the options ask for what this process does not have.
    """
    return Session(job)
