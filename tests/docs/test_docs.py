"""The documents say what the code does: examples run, tables match."""

from __future__ import annotations

import contextlib
import importlib
import io
import re
import shlex
from pathlib import Path

import pytest

from imgscan.analyzers.secrets.check import faults
from imgscan.analyzers.secrets.foreign import read_rules
from imgscan.cis.table import control_table
from imgscan.cli.arguments import build_parser
from imgscan.cli.main import main
from imgscan.model.limits import Limits
from imgscan.policy.exceptions import parse_exceptions
from imgscan.policy.settings import parse_settings
from imgscan.report.writers import FORMATS

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
CONSOLE = re.compile(r"```console\n\$ imgscan (?P<words>[^\n]*)\n(?P<output>.*?)```", re.DOTALL)
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\((?!http)([^)#]+)\)")


def examples() -> list[tuple[str, str]]:
    found = [(match["words"], match["output"]) for path in DOCUMENTS for match in CONSOLE.finditer(path.read_text())]
    assert len(found) >= 4
    return found


def output_of(words: str, monkeypatch: pytest.MonkeyPatch) -> str:
    out = io.BytesIO()
    stdout = io.TextIOWrapper(out, encoding="utf-8", write_through=True)
    monkeypatch.chdir(ROOT)
    with contextlib.redirect_stdout(stdout):
        assert main(shlex.split(words)) == 0
    return out.getvalue().decode()


RECIPES = {"extending.md"}
"""Documents whose code is carried out in a copy of the package (``test_extending``)."""


@pytest.mark.parametrize(("words", "output"), examples())
def test_an_example_prints_what_the_document_shows(words: str, output: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert output_of(words, monkeypatch) == output


@pytest.mark.parametrize(
    ("path", "code"),
    [(path, code) for path in DOCUMENTS if path.name not in RECIPES for code in PYTHON.findall(path.read_text())],
)
def test_python_examples_run(path: Path, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, str(path), "exec"), {})


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    for target in LINK.findall(path.read_text()):
        assert (path.parent / target).exists(), target


def test_the_table_of_limits_is_that_of_the_code() -> None:
    limits = Limits()
    rows = re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", (ROOT / "docs" / "limits.md").read_text(), re.MULTILINE)
    assert {name: int(value.replace(",", "")) for name, value in rows} == {
        name: getattr(limits, name) for name in limits.__struct_fields__
    }


def test_every_problem_code_of_the_merge_is_explained() -> None:
    rooms = ("rootfs", "layer")
    source = "".join(path.read_text() for room in rooms for path in (ROOT / "src/imgscan" / room).rglob("*.py"))
    told = (ROOT / "docs" / "merging.md").read_text()
    codes = set(re.findall(r"(?:problems|log)\.(?:warn|error)\(\s*\"([a-z-]+)\"", source))
    unexplained = {code for code in codes if f"`{code}`" not in told}
    assert len(codes) > 10
    assert unexplained == set()


def test_the_table_of_controls_is_that_of_the_code() -> None:
    assert (ROOT / "docs" / "controls.md").read_text().endswith("\n\n" + control_table())


def test_the_excerpts_of_formats_are_of_what_is_kept() -> None:
    kept = "".join(path.read_text() for path in (ROOT / "testdata/golden").iterdir())
    fenced = re.findall(r"```(?:json|xml|markdown)\n(.*?)```", (ROOT / "docs/formats.md").read_text(), re.DOTALL)
    lines = [line.strip() for block in fenced for line in block.splitlines()]

    assert len(lines) > 15
    assert [line for line in lines if line not in kept] == []


def test_every_format_is_told() -> None:
    told = (ROOT / "docs/formats.md").read_text()

    assert [name for name in FORMATS if f"| `{name}` |" not in told] == []


def test_the_examples_of_policy_are_settings_and_exceptions() -> None:
    settings, exceptions = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "policy.md").read_text(), re.DOTALL)

    assert parse_settings(settings, "policy.md").policy.trusted_bases
    assert [item.owner for item in parse_exceptions(exceptions, "policy.md")] == ["platform team"]


def test_pages_on_analyzers_are_what_the_code_says_of_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "docs")
    pages: dict[str, str] = importlib.import_module("generate").pages()
    old = [path for path, text in pages.items() if (ROOT / "docs" / path).read_text() != text]
    assert old == [], "run python docs/generate.py"
    kept = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs/analyzers").glob("*")}
    assert kept == set(pages) - {"analyzers.md", "api.md"}


def test_every_analyzer_with_rules_shows_an_example_with_a_finding() -> None:
    for path in (ROOT / "docs/analyzers").glob("*.md"):
        text = path.read_text()
        assert "It has no rules of its own" in text or f" {path.stem}." in text.partition("## An example")[2], path.name


def test_the_excerpt_on_a_deleted_secret_is_what_a_scan_says(monkeypatch: pytest.MonkeyPatch) -> None:
    (excerpt,) = re.findall(r"```text\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)

    assert excerpt in output_of("testdata/deleted-secret.tar.gz", monkeypatch)


def test_the_rules_that_the_page_on_secrets_shows_hold() -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs" / "secrets.md").read_text(), re.DOTALL)

    rules = read_rules(text, "our-rules.toml")

    assert [rule.id for rule in rules] == ["acme.token", "acme.password"]
    assert list(faults(rules)) == []


def test_the_fragment_in_harden_md_is_what_the_command_writes(monkeypatch: pytest.MonkeyPatch) -> None:
    told = (ROOT / "docs" / "harden.md").read_text().partition("of this repository:\n\n")[2].partition("\n## ")[0]
    written = output_of("harden testdata/alpine-3.10.tar.gz -f dockerfile", monkeypatch)
    lines = [line.removeprefix("    ") for line in told.splitlines() if line]

    assert len(lines) > 8
    assert [line for line in lines if line not in written.splitlines()] == []


def test_the_excerpt_on_an_elf_file_is_what_the_command_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    (excerpt,) = re.findall(r"mkmntdirs`:\n\n```text\n(.*?)```", (ROOT / "docs" / "report.md").read_text(), re.DOTALL)

    assert output_of("elf testdata/alpine-3.10.tar.gz sbin/mkmntdirs", monkeypatch).startswith(excerpt)


def test_every_command_line_of_the_keyboard_part_is_one_that_the_parser_takes() -> None:
    part = (ROOT / "README.md").read_text().partition("## At the keyboard\n")[2].partition("\n## ")[0]
    lines = [line.partition("#")[0].partition(">")[0] for line in part.splitlines() if line.startswith("    imgscan ")]
    commands = [command for line in lines for command in line.split(";")]

    assert len(commands) > 4
    for command in commands:
        build_parser("1").parse_args(shlex.split(command)[1:])
