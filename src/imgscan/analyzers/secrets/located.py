"""Where contents have secrets, for whoever shows a content and leaves them out."""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.analyzers.secrets.analyzer import Secrets
from imgscan.analyzers.secrets.facts import SecretFact
from imgscan.rootfs.view import ImageView, LocatedFact


def located_secrets(view: ImageView) -> Iterator[tuple[LocatedFact[object], SecretFact]]:
    """Yield each secret in a content with its location, whatever confidence it has and whatever became of the file."""
    for fact in view.facts(Secrets):
        if isinstance(fact.data, SecretFact):
            yield fact, fact.data
