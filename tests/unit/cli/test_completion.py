from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from imgscan.cli.arguments import COMMANDS
from imgscan.cli.completion import run_completion, script_for

from .support import parsed

SHELLS = ("bash", "zsh", "fish")


@pytest.mark.parametrize("shell", SHELLS)
def test_each_script_has_all_commands_and_their_options(shell: str) -> None:
    script = script_for(shell)

    assert [command for command in COMMANDS if command not in script] == []
    for option in ("fail-on", "cis-edition", "all-layers"):
        assert option in script


@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_takes_its_script(shell: str, tmp_path: Path) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} here")
    path = tmp_path / "script"
    path.write_text(script_for(shell))

    done = subprocess.run([program, "-n", str(path)], capture_output=True, text=True, check=False, timeout=60)

    assert (done.returncode, done.stderr) == (0, "")


def completed(line: str, folder: Path) -> list[str]:
    """Return what bash offers behind a line."""
    words = line.split(" ")
    code = (
        f"{script_for('bash')}\nCOMP_WORDS=({' '.join(word or chr(39) * 2 for word in words)})\n"
        f"COMP_CWORD={len(words) - 1}\n_shtab_imgscan imgscan '{words[-1]}' '{words[-2]}' 2>/dev/null\n"
        "printf '%s\\n' \"${COMPREPLY[@]}\""
    )
    done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=False, cwd=folder, timeout=60)
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash here")
def test_bash_completes_commands_options_choices_and_files(tmp_path: Path) -> None:
    (tmp_path / "image.tar").write_bytes(b"")

    assert completed("imgscan ha", tmp_path) == ["harden"]
    assert "--all-layers" in completed("imgscan ls --all", tmp_path)
    assert completed("imgscan scan --fail-on cr", tmp_path) == ["critical"]
    assert "image.tar" in completed("imgscan ls im", tmp_path)


def test_the_command_writes_the_script(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run_completion(parsed("completion", "fish")) == 0

    assert capfdbinary.readouterr().out.decode() == script_for("fish")
    with pytest.raises(SystemExit):
        parsed("completion", "tcsh")
