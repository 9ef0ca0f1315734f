from __future__ import annotations

from imgscan.analyzers.secrets import Secrets
from imgscan.analyzers.secrets.located import located_secrets
from imgscan.testing import merged

TOKEN = "ghp_" + "k3JdR9xQ2mW7vT5bN8cZ1yL4pS6hF0gA".ljust(36, "q")


def test_a_secret_is_located_also_where_its_file_was_removed() -> None:
    lower = {"srv/.env": (0o644, f"T={TOKEN}\n".encode()), "srv/readme": (0o644, b"nothing here\n")}
    view, _ = merged(lower, {"srv/.wh..env": (0o644, b"")}, analyzers=(Secrets(),))

    places = {(fact.path, fact.layer.index, data.offset, data.length) for fact, data in located_secrets(view)}

    assert places == {("srv/.env", 0, 2, len(TOKEN))}
