"""Settings of all tests: hypothesis without deadlines, and the same examples in every run.

The command line keeps compiled patterns in a folder of the run, not in the user's, and reads no settings of the user's.

``pytest --hypothesis-profile=thorough tests/property`` looks for new ones, for as long as that takes.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

_ALLOWED = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "imgscan", deadline=None, derandomize=True, database=None, max_examples=100, suppress_health_check=_ALLOWED
)
settings.register_profile("thorough", deadline=None, max_examples=3000, suppress_health_check=_ALLOWED)
settings.load_profile("imgscan")


@pytest.fixture(autouse=True, scope="session")
def cache_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        patch.setenv("XDG_DATA_HOME", str(tmp_path_factory.mktemp("data")))
        yield
