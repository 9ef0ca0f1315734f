"""Lines that the agents of CI services take for commands: no text of an image may give any."""

from __future__ import annotations

import re

_HINTS = ("::", "##", "section_", "travis_", "^^^ +++")
# GitHub trims a line and looks for ::name parameters::; a colour before it is no harm to other agents. GitHub's older
# ##[name], Azure's ##vso[ and ##[, TeamCity's ##teamcity[ count wherever they stand in a line, in letters of any case.
# Sources: actions/runner, ActionCommand.cs; microsoft/azure-pipelines-agent, CommandStringConvertor; TeamCity, "Service
# messages"; GitLab, "Custom collapsible sections"; travis-build, "fold"; Buildkite, "Managing log output".
_LINE = re.compile(r"^((?:[^\S\n]|\x1b\[[\d;]*m)*)::(?=[^:\s])", re.MULTILINE)
_ANYWHERE = re.compile(r"##(?=(?:vso|teamcity)?\[)|section_(?=(?:start|end):)|travis_(?=(?:fold|time):)", re.IGNORECASE)
_BUILDKITE = re.compile(r"^(\s*)\^(?=\^\^ \+\+\+)", re.MULTILINE)


def inert(text: str) -> str:
    r"""Return ``text``, of any number of lines, with nothing in it that an agent obeys; one letter becomes ``\xNN``.

    For what people read. What programs read has names as they are, and stands in files.
    """
    lowered = text.lower()
    if not any(hint in lowered for hint in _HINTS):
        return text
    text = _LINE.sub(r"\1\\x3a:", text)
    text = _BUILDKITE.sub(r"\1\\x5e", text)
    return _ANYWHERE.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    result = match[0]
    return r"#\x23" if result == "##" else result[:-1] + r"\x5f"
