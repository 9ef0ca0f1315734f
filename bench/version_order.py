"""Versions in order, held against the ecosystems' own tools: ``python bench/version_order.py [PAIRS]``.

For each tool that is installed: how many pairs of versions were compared, and each pair that the two order differently.
Two of three versions are those of real advisories (OSV's dumps in the folder ``--osv``), changed at one place or not;
the others are made of the parts that the rules of the ecosystem tell apart.
"""

from __future__ import annotations

import argparse
import ctypes
import ctypes.util
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from packaging.version import InvalidVersion, Version

from imgscan.advisories.order import UnorderedError, key_of
from imgscan.advisories.record import parse_osv

_Pairs = list[tuple[str, str]]
_PARTS = {
    "Debian": ["0", "1", "9", "10", "007", ".", "-", "~", "+", "a", "b", "rc1", "~rc1", "+deb12u1", "ubuntu", ":"],
    "AlmaLinux": ["0", "1", "9", "10", "007", ".", "-", "~", "^", "+", "_", "a", "b", "rc1", "el9", "git", ":"],
    "RubyGems": ["0", "1", "9", "10", "007", ".", ".", "a", "b", "rc", "pre", ".beta", ".rc1"],
    "npm": ["0", "1", "9", "10", ".", ".", ".", "-", "-alpha", "-rc.1", "-beta.11", "+build", "-x-y"],
    "Maven": ["0", "1", "9", "10", ".", ".", "-", "-", "a", "b1", "rc", "-SNAPSHOT", ".Final", "-ga", "sp", "_", "x2"],
    "Alpine": ["0", "1", "9", "10", "01", ".", ".", "a", "_rc1", "_alpha", "_p2", "_git3", "-r0", "-r12", "_pre"],
    "Arch Linux": ["0", "1", "9", "10", "007", ".", "-", "+", "_", "a", "b", "rc1", "git", ":", ".r12", "-2"],
    "Packagist": [
        "0",
        "1",
        "9",
        "10",
        ".",
        ".",
        "v",
        "-dev",
        "-beta2",
        "-RC1",
        "a1",
        "-p3",
        "-stable",
        "+b",
        "-alpha.4",
    ],
    "PyPI": ["0", "1", "9", "10", ".", ".", "a1", "b2", "rc1", ".post1", ".dev3", "1!", "-1", "+local.1", "v", "RC2"],
}


def _of_dpkg(pairs: _Pairs) -> Iterator[int]:
    script = 'while IFS="\t" read -r a b; do if dpkg --compare-versions "$a" lt "$b"; then echo -1; '
    script += 'elif dpkg --compare-versions "$a" eq "$b"; then echo 0; else echo 1; fi; done'
    yield from _numbers(["sh", "-c", script], pairs)


def _of_rpm(pairs: _Pairs) -> Iterator[int]:
    with tempfile.NamedTemporaryFile("w", suffix=".tsv") as file:
        file.write("".join(f"{one}\t{other}\n" for one, other in pairs))
        file.flush()
        body = f'for line in io.lines("{file.name}") do local a, b = line:match("^(.-)\\t(.*)$")'
        yield from _numbers(["rpm", "--eval", f'%{{lua: {body}; print(rpm.vercmp(a, b).."\\n") end}}'], [])


def _of_ruby(pairs: _Pairs) -> Iterator[int]:
    script = 'STDIN.each_line { |l| a, b = l.chomp.split("\\t"); p(Gem::Version.new(a) <=> Gem::Version.new(b)) }'
    yield from _numbers(["ruby", "-e", script], pairs)


def _of_node(pairs: _Pairs) -> Iterator[int]:
    script = "const s=require('semver');require('fs').readFileSync(0,'utf8').trim().split('\\n')"
    script += ".forEach(l=>{const [a,b]=l.split('\\t');console.log(s.compare(a,b))})"
    yield from _numbers(["node", "-e", script], pairs)


def _of_maven(pairs: _Pairs) -> Iterator[int]:
    # The class is asked itself: its own main() takes all versions as arguments, which 20,000 pairs do not fit.
    source = """
import org.apache.maven.artifact.versioning.ComparableVersion;
public class Order {
    public static void main(String[] none) throws Exception {
        var lines = new java.io.BufferedReader(new java.io.InputStreamReader(System.in));
        for (String line; (line = lines.readLine()) != null; ) {
            String[] pair = line.split("\\t");
            int order = new ComparableVersion(pair[0]).compareTo(new ComparableVersion(pair[1]));
            System.out.println(Integer.signum(order));
        }
    }
}
"""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "Order.java")
        path.write_text(source)
        jars = ":".join(map(str, (_MAVEN_JAR, _MAVEN_JAR.with_name("commons-lang3.jar"))))
        yield from _numbers(["java", "-cp", jars, str(path)], pairs)


def _of_apk(pairs: _Pairs) -> Iterator[int]:
    script = 'while IFS="\t" read -r a b; do case "$(apk version -t "$a" "$b")" in "<") echo -1;; "=") echo 0;; '
    script += '">") echo 1;; *) echo 9;; esac; done'
    yield from _numbers(["sh", "-c", script], pairs)


def _of_pacman(pairs: _Pairs) -> Iterator[int]:
    # Debian's package has the library alone, not the program vercmp.
    compare = ctypes.CDLL(ctypes.util.find_library("alpm")).alpm_pkg_vercmp
    for one, other in pairs:
        order = compare(one.encode(), other.encode())
        yield (order > 0) - (order < 0)


def _of_composer(pairs: _Pairs) -> Iterator[int]:
    # Composer stores versions normalized and compares those: so an advisory's ranges are read.
    script = """
require '/usr/share/php/Composer/Semver/autoload.php';
$parser = new Composer\\Semver\\VersionParser();
while (($line = fgets(STDIN)) !== false) {
    [$a, $b] = explode("\\t", rtrim($line, "\\n"));
    try {
        [$a, $b] = [$parser->normalize($a), $parser->normalize($b)];
    } catch (UnexpectedValueException $none) {
        echo "9\\n";
        continue;
    }
    $less = Composer\\Semver\\Comparator::lessThan($a, $b);
    echo $less ? -1 : (Composer\\Semver\\Comparator::greaterThan($a, $b) ? 1 : 0), "\\n";
}
"""
    yield from _numbers(["php", "-r", script], pairs)


def _of_packaging(pairs: _Pairs) -> Iterator[int]:
    for one, other in pairs:
        a, b = Version(one), Version(other)
        yield (a > b) - (a < b)


_MAVEN_JAR = Path("/usr/share/java/maven3-artifact.jar")
_NUMBER = r"(?:0|[1-9][0-9]{0,14})"
_WORD = rf"(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_TOOLS: dict[str, tuple[str, Callable[[_Pairs], Iterator[int]], re.Pattern[str]]] = {
    # What a tool refuses is no version there: Debian Policy 5.6.12, rpm-version(7), Gem::Version, semver.org.
    "Debian": ("dpkg", _of_dpkg, re.compile(r"(?:\d{1,9}:)?\d[\w.+~-]*(?:-[\w.+~]+)?", re.ASCII)),
    "AlmaLinux": ("rpm", _of_rpm, re.compile(r"(?:\d{1,9}:)?[\w.+~^]+(?:-[\w.+~^]+)?", re.ASCII)),
    "RubyGems": ("ruby", _of_ruby, re.compile(r"\d+(?:\.[0-9a-zA-Z]+)*", re.ASCII)),
    "npm": (
        "node",
        _of_node,
        re.compile(rf"{_NUMBER}(?:\.{_NUMBER}){{2}}(?:-{_WORD}(?:\.{_WORD})*)?(?:\+[0-9A-Za-z-]+)?"),
    ),
    "Maven": ("java", _of_maven, re.compile(r"\d[0-9A-Za-z._-]*", re.ASCII)),
    "Alpine": (
        "apk",
        _of_apk,
        re.compile(
            # A zero before a suffix or the end, and numbers that begin with one, are ordered otherwise by apk 2.
            r"[1-9]\d*(?:\.(?:0(?=\.)|[1-9]\d*))*[a-z]?(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*(?:-r\d+)?",
            re.ASCII,
        ),
    ),
    "Arch Linux": (
        "pacman",
        _of_pacman,
        re.compile(r"(?:\d{1,9}:)?[^\W_]+(?:[.+_]+[^\W_]+)*(?:-\d+(?:\.\d+)?)?", re.ASCII),
    ),
    "Packagist": ("php", _of_composer, re.compile(r"v?\d[0-9A-Za-z.+-]*", re.ASCII)),
    "PyPI": ("", _of_packaging, re.compile(r".+")),
}


def _numbers(command: Sequence[str], pairs: _Pairs) -> Iterator[int]:
    text = "".join(f"{one}\t{other}\n" for one, other in pairs)
    # Debian's packages keep modules where a node that is not Debian's does not look.
    environment = {**os.environ, "NODE_PATH": "/usr/share/nodejs"}
    result = subprocess.run(command, input=text, capture_output=True, text=True, check=True, env=environment)
    yield from map(int, result.stdout.split())


def _versions(ecosystem: str, osv: Path, chance: random.Random) -> Iterator[str]:
    parts = _PARTS[ecosystem]
    real = [*_real(ecosystem, osv)] or ["1.0"]
    while True:
        yield "".join(chance.choice(parts) for _ in range(chance.randint(1, 7)))
        text = chance.choice(real)
        place = chance.randrange(len(text) + 1)
        yield text[:place] + chance.choice(["", *parts]) + text[place + chance.randint(0, 1) :]
        yield text


def _real(ecosystem: str, osv: Path) -> Iterator[str]:
    path = osv / ecosystem / "all.zip"
    if path.is_file():
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                for item in parse_osv(archive.read(name), name).affected or ():
                    yield from (event.fixed for part in item.ranges or () for event in part.events if event.fixed)


def _is_version(ecosystem: str, text: str) -> bool:
    if ecosystem == "PyPI":
        try:
            Version(text)
        except InvalidVersion:
            return False
        return True
    pattern = _TOOLS[ecosystem][2]
    if ecosystem == "AlmaLinux" and ":" in text.partition(":")[2]:
        return False
    return pattern.fullmatch(text) is not None and text.count(":") < 2 and not text.endswith("-")


def _compared(ecosystem: str, count: int, osv: Path) -> tuple[int, list[str]]:
    versions = (text for text in _versions(ecosystem, osv, random.Random(7)) if _is_version(ecosystem, text))
    pairs = [(next(versions), next(versions)) for _ in range(count)]
    wrong: list[str] = []
    for (one, other), expected in zip(pairs, _TOOLS[ecosystem][1](pairs), strict=True):
        if expected == 9:  # the tool takes one of them for no version
            continue
        try:
            a, b = key_of(ecosystem, one), key_of(ecosystem, other)
            order = (a > b) - (a < b)
        except UnorderedError as error:
            wrong.append(f"{one!r} {other!r}: no version ({error})")
            continue
        if order != expected:
            wrong.append(f"{one!r} {other!r}: {order}, the tool says {expected}")
    return len(pairs), wrong


def main() -> int:
    """Compare with each tool that is there, and return 1 where a pair is ordered differently."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", nargs="?", type=int, default=20_000)
    parser.add_argument("--osv", type=Path, default=Path("osv"))
    arguments = parser.parse_args()
    failed = False
    for ecosystem, (tool, _, _) in _TOOLS.items():
        if tool and shutil.which(tool) is None:
            print(f"{ecosystem:<10} {tool} is not installed")
            continue
        count, wrong = _compared(ecosystem, arguments.pairs, arguments.osv)
        print(f"{ecosystem:<10} {tool or 'packaging':<10} {count:>7,} pairs, {len(wrong)} differ")
        for line in wrong[:20]:
            print(f"    {line}")
        failed = failed or bool(wrong)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
