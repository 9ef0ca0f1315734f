from __future__ import annotations

import re
from pathlib import Path

import pytest

from imgscan.cli.init import EXCEPTIONS, EXCEPTIONS_TEXT, SETTINGS_TEXT, run_init
from imgscan.errors import UsageError
from imgscan.model.finding import Severity
from imgscan.policy.exceptions import parse_exceptions
from imgscan.policy.load import NAME, load_settings
from imgscan.policy.settings import _KEYS, parse_settings

from .support import parsed


def uncommented(text: str) -> str:
    """Return the text with each example in force: comments for people have a blank behind the #."""
    return re.sub(r"^#(?=\S)", "", text, flags=re.MULTILINE)


def test_the_files_are_settings_and_exceptions_as_they_are(tmp_path: Path) -> None:
    assert run_init(parsed("init", str(tmp_path))) == 0

    settings = load_settings(str(tmp_path / NAME))
    assert settings.exceptions == (EXCEPTIONS,)
    assert settings.policy.exemptions == ()
    assert settings.policy.fail_on is None


def test_every_example_in_them_holds() -> None:
    settings = parse_settings(uncommented(SETTINGS_TEXT), NAME)

    assert settings.policy.fail_on is Severity.HIGH
    assert settings.policy.controls_off == {"5.*"}
    assert settings.limits.layers == 200
    assert [item.owner for item in parse_exceptions(uncommented(EXCEPTIONS_TEXT), EXCEPTIONS)] == ["platform team"]


def test_every_key_of_the_settings_is_explained() -> None:
    shown = set(re.findall(r"^#?\[?\[?(\w+)(?:\]| =)", SETTINGS_TEXT, re.MULTILINE))

    # The cache is the user's, and a trusted base is written by another command.
    assert set(_KEYS) - shown == {"cache", "trusted_base"}


@pytest.mark.parametrize("name", [NAME, EXCEPTIONS])
def test_what_is_there_is_not_replaced(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("ours")

    with pytest.raises(UsageError, match="already there, nothing was written"):
        run_init(parsed("init", str(tmp_path)))

    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_text() == "ours"


def test_a_link_that_leads_nowhere_counts_as_there(tmp_path: Path) -> None:
    (tmp_path / NAME).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(UsageError, match="already there"):
        run_init(parsed("init", str(tmp_path)))
    assert not (tmp_path / "elsewhere").exists()


def test_force_replaces(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("ours")

    assert run_init(parsed("init", str(tmp_path), "--force")) == 0

    assert (tmp_path / NAME).read_text() == SETTINGS_TEXT


def test_without_a_folder_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        run_init(parsed("init", str(tmp_path / "gone")))


def test_the_current_folder_is_the_usual_one() -> None:
    assert parsed("init").folder == "."
