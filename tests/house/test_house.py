"""The house rules as tests: who imports whom, what wraps what, what a module may hold."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/imgscan"

FLOORS = (
    "testing",
    "cli cli.*",
    "explore explore.* fleet fleet.*",
    "fsspec_image",
    "engine engine.* image outputs",
    "stores",
    "harden harden.*",
    "compare compare.*",
    "report.html report.markdown report.sarif report.sbom",
    "report.text",
    "report",
    "cis cis.*",
    "analyzers",
    "analyzers.*",
    "policy policy.*",
    "system.programs",
    "system.packages system.elf system.accounts",
    "system",
    "kept",
    "survey survey.* advisories advisories.*",
    "rootfs rootfs.*",
    "archive",
    "archive.forms",
    "archive.blobs",
    "layer",
    "matching",
    "shell",
    "formats.packages.java",
    "formats.packages formats.image formats.content",
    "formats.*",
    "formats",
    "model",
    "errors",
    "files agents printable wording quoting version",
)
"""From the top down: a package imports packages of the floors below it, and none of its floor but itself.

A folder stands apart from the folders in it, since either may be above the other: ``analyzers`` chooses among its
analyzers, while ``system`` holds what all of its indexes use. ``*`` stands for any name, so that a new analyzer needs
no line here; the first floor that names a package counts, exact names before ``*``. ``policy`` lies deep because the
catalog of rules has those on exceptions, too.
"""

WRAPPED = {
    "hyperscan": {"matching/multipattern.py"},
    "re2": {"analyzers/secrets/expression.py"},
    "yaml": {"analyzers/secrets/foreign.py"},
    "isal": {"formats/archives/deflate.py"},
    "redis": {"stores/redis.py"},
    "zstandard": {"formats/archives/inflated.py", "formats/compact.py", "layer/unzstd.py", "testing/compress.py"},
    "orjson": {"formats/json.py", "report/json.py", "report/listing.py"},
    "elftools": {"formats/elf/anatomy.py"},
    "shtab": {"cli/completion.py"},
    "textual": {"explore/app.py"},
    "rich": {"explore/app.py"},
    "distributed": {"fleet/dask_workers.py"},
    "dask": {"fleet/dask_workers.py"},
    "fsspec": {"fleet/remote.py", "fsspec_image.py"},
    "pyarrow": {"fleet/outputs.py"},
    "tqdm": {"cli/progress.py"},
    "tomli": {"formats/toml.py"},
    "cyclonedx": {"report/sbom/cyclonedx.py"},
    "packageurl": {"report/sbom/cyclonedx.py"},
    "spdx_tools": {"report/sbom/spdx.py"},
    "license_expression": {"report/sbom/licences.py"},
    "cvss": {"advisories/severity.py"},
    "packaging": {"advisories/order.py"},
    "univers": {"advisories/order.py"},
    "magic": set(),
    "pylibmagic": set(),
}
"""Who may import a third-party package; msgspec is everybody's.

``formats/content/libmagic.py`` loads magic from its file.
"""

EVERYBODYS = {"msgspec", "imgscan", "typing_extensions", "_typeshed"}  # the last two for types alone
NETWORK = set(
    "socket ssl http urllib3 requests httpx aiohttp ftplib smtplib telnetlib socketserver xmlrpc asyncio".split()
)


def modules() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def name_of(path: Path) -> str:
    """Return a file's place below the package, ``layer/stream.py``."""
    return path.relative_to(SOURCE).as_posix()


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports_of(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the dotted names that a module imports anywhere in it, also for types alone, with their lines."""
    package = ["imgscan", *path.relative_to(SOURCE).parts[:-1]]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            yield ".".join(part for part in (base, node.module) if part), node.lineno
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("import_module", "__import__"):
            yield from ((str(word.value), node.lineno) for word in node.args if isinstance(word, ast.Constant))


def package_of(name: str) -> str:
    """Return the package of a module, its file's place given (``formats/elf/notes.py``): ``formats.elf``.

    A module that lies beside the folders is a package by itself.
    """
    folder, _, file = name.rpartition("/")
    return folder.replace("/", ".") or file.removesuffix(".py")


@cache
def floor_of(package: str) -> int | None:
    for fits in (str.__eq__, fnmatchcase):
        for number, floor in enumerate(FLOORS):
            if any(fits(package, name) for name in floor.split()):
                return number
    return None


@cache
def known_modules() -> dict[str, str]:
    """Return the file of each module, by its dotted name."""
    names = map(name_of, modules())
    return {"imgscan." + name.removesuffix(".py").removesuffix("/__init__").replace("/", "."): name for name in names}


def imported_modules(path: Path) -> Iterator[tuple[str, int]]:
    """Yield the files of the house that a module imports, with the lines."""
    known = known_modules()
    package = ["imgscan", *path.relative_to(SOURCE).parts[:-1]]
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            home = ".".join(part for part in (base, node.module) if part)
            yield from ((known.get(f"{home}.{item.name}", known.get(home, "")), node.lineno) for item in node.names)
        elif isinstance(node, ast.Import):
            yield from ((known.get(item.name, ""), node.lineno) for item in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("import_module", "__import__"):
            words = (str(word.value) for word in node.args if isinstance(word, ast.Constant))
            yield from ((known.get(word, ""), node.lineno) for word in words)


def package_arrows() -> Iterator[tuple[str, str, str]]:
    """Yield from which package to which other one there is an import, and where it stands."""
    for path in modules():
        upper = package_of(name_of(path))
        for name, line in imported_modules(path):
            lower = package_of(name)
            if name and lower != upper and upper not in ("__init__", "__main__"):
                yield upper, lower, f"{name_of(path)}:{line} imports {name}"


def test_every_package_has_a_floor() -> None:
    packages = {package_of(name_of(path)) for path in modules()} - {"__init__", "__main__"}

    assert {package for package in packages if floor_of(package) is None} == set()


def test_imports_go_down_the_floors() -> None:
    wrong = []
    for upper, lower, where in package_arrows():
        above, below = floor_of(upper), floor_of(lower)
        if above is None or below is None or above >= below:
            wrong.append(where)

    assert wrong == []


def assert_no_circle(below: Mapping[str, Iterable[str]]) -> None:
    state: dict[str, int] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        assert state.get(name) != 1, " -> ".join((*above, name))
        if name not in state:
            state[name] = 1
            for other in sorted(below.get(name, ())):
                visit(other, (*above, name))
            state[name] = 2

    for name in below:
        visit(name, ())


def test_no_modules_import_each_other_in_a_circle() -> None:
    below = {name_of(path): {name for name, _ in imported_modules(path) if name} for path in modules()}

    assert_no_circle({name: others - {name, "__init__.py"} for name, others in below.items()})


def test_no_packages_import_each_other_in_a_circle() -> None:
    below: dict[str, set[str]] = {}
    for upper, lower, _ in package_arrows():
        below.setdefault(upper, set()).add(lower)

    assert_no_circle(below)


# Facts


_READS = {"facts": 1, "visible": 1, "outside": 1, "facts_on": 2}
"""The methods of a view that give facts, and how many arguments they take: an observer's own index calls them alone."""


def fact_reads(tree: ast.Module) -> Iterator[ast.Call]:
    """Yield the calls that read facts of a view, whatever the view is called."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            count = _READS.get(node.func.attr)
            if count is not None and len(node.args) + len(node.keywords) == count:
                yield node


def observers_in(package: str) -> set[str]:
    """Return the classes of a package that observe."""
    found = set()
    for path in modules():
        if package_of(name_of(path)) == package:
            for node in tree_of(path).body:
                if isinstance(node, ast.ClassDef):
                    methods = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
                    found |= {node.name} if methods & {"observe", "match"} else set()
    return found


def foreign_reads(path: Path) -> Iterator[str]:
    """Yield where a module reads facts that are not of an observer of its own package."""
    allowed = observers_in(package_of(name_of(path)))
    for call in fact_reads(tree_of(path)):
        observer = call.args[0] if call.args else call.keywords[0].value
        if getattr(observer, "id", "") not in (*allowed, "self"):
            yield f"{name_of(path)}:{call.lineno} {ast.unparse(call)}"


def test_a_fact_is_read_by_the_index_of_its_observer_alone() -> None:
    readers = [path for path in modules() if package_of(name_of(path)).split(".")[0] not in ("rootfs", "testing")]

    assert [read for path in readers for read in foreign_reads(path)] == []
    assert sum(1 for path in readers for _ in fact_reads(tree_of(path))) > 10  # or the law looks for the wrong calls


def test_a_third_party_package_is_imported_by_its_wrapper_alone() -> None:
    wrong = []
    for path in modules():
        for dotted, line in imports_of(path):
            package = dotted.split(".")[0]
            if package in sys.stdlib_module_names or package in EVERYBODYS:
                continue
            if name_of(path) not in WRAPPED.get(package, set()):
                wrong.append(f"{name_of(path)}:{line} imports {dotted}")

    assert wrong == []


EVENT_LOOP = {("engine/asynchronous.py", "asyncio")}
"""Its loop alone, where a caller has one: scan_async."""


def test_there_is_no_network_code() -> None:
    wrong = [
        f"{name_of(path)}:{line} imports {dotted}"
        for path in modules()
        for dotted, line in imports_of(path)
        if (dotted.split(".")[0] in NETWORK and (name_of(path), dotted) not in EVENT_LOOP)
        or dotted in ("urllib.request", "urllib.robotparser", "multiprocessing.managers")
    ]

    assert wrong == []


def test_a_whole_scan_loads_no_network_module(tmp_path: Path) -> None:
    from imgscan.testing import ImageBuilder

    path = tmp_path / "image.tar"
    path.write_bytes(ImageBuilder().layer({"bin/su": (0o4755, b"\x01\x02\x03\x04")}, "zstd").docker_archive())
    code = "import sys, imgscan; imgscan.scan(sys.argv[1]); print(*sys.modules, sep='\\n')"

    loaded = set(_python(code, str(path)).split())

    assert "imgscan.engine" in loaded
    # importlib.metadata brings email, and that socket: a module of the standard library's own.
    assert loaded & {"ssl", "http.client", "urllib.request", "asyncio"} == set()


# Names that say a table is one: CONSTANT_CASE, with an underscore in front when it is the module's own.
_CALLS_THAT_MAKE_MUTABLES = {"dict", "list", "set", "defaultdict", "deque", "Counter", "bytearray", "OrderedDict"}


def test_no_module_holds_mutable_state() -> None:
    wrong = []
    for path in modules():
        for node in tree_of(path).body:
            if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
                continue
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [target.id for target in targets if isinstance(target, ast.Name)]
            if _is_mutable(node.value) and not all(_is_constant(name) for name in names):
                wrong.append(f"{name_of(path)}:{node.lineno} {names}")
        for inner in ast.walk(tree_of(path)):
            if isinstance(inner, ast.Global):
                wrong.append(f"{name_of(path)}:{inner.lineno} global {inner.names}")

    assert wrong == []


def _is_mutable(value: ast.expr | None) -> bool:
    if isinstance(value, ast.Dict | ast.List | ast.Set | ast.DictComp | ast.ListComp | ast.SetComp):
        return True
    return isinstance(value, ast.Call) and getattr(value.func, "id", "") in _CALLS_THAT_MAKE_MUTABLES


def _is_constant(name: str) -> bool:
    return name == name.upper() or name == "__all__"


_CHANGING = set("append add update setdefault pop popitem clear extend insert remove discard".split())


def test_no_function_changes_a_table_of_its_module() -> None:
    wrong = []
    for path in modules():
        tables = {
            target.id
            for node in tree_of(path).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name) and _is_mutable(node.value)
        }
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                if isinstance(owner, ast.Name) and owner.id in tables and node.func.attr in _CHANGING:
                    wrong.append(f"{name_of(path)}:{node.lineno} {owner.id}.{node.func.attr}")

    assert wrong == []


# Start-up


HEAVY = (
    "hyperscan isal zstandard orjson msgspec elftools magic tqdm imgscan.engine imgscan.layer imgscan.survey "
    "imgscan.analyzers imgscan.rootfs importlib.metadata concurrent.futures"
).split()


def _python(code: str, *arguments: str) -> str:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.mark.parametrize("words", [["--version"], ["--help"], ["scan", "--help"]])
def test_version_and_help_load_nothing_heavy(words: list[str]) -> None:
    code = (
        "import sys\nfrom imgscan.cli.main import main\n"
        "try: main(sys.argv[1:])\nexcept SystemExit: pass\n"
        "print('LOADED', *sys.modules, sep='\\n')"
    )

    loaded = set(_python(code, *words).partition("LOADED")[2].split())

    assert "imgscan.cli.main" in loaded
    assert loaded & set(HEAVY) == set()


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = set(_python("import sys, imgscan; print(imgscan.__version__, *sys.modules, sep='\\n')").split())

    assert loaded & set(HEAVY) == set()


def test_every_public_name_of_the_package_is_there() -> None:
    import imgscan

    assert [name for name in imgscan.__all__ if getattr(imgscan, name, None) is None] == []


# Tests and words


def _is_analyzer(node: ast.stmt) -> bool:
    """Whether a class has an id of its own and concludes."""
    if not isinstance(node, ast.ClassDef) or any(getattr(base, "id", "") == "Protocol" for base in node.bases):
        return False
    own = {
        target.id
        for item in node.body
        if isinstance(item, ast.Assign)
        for target in item.targets
        if isinstance(target, ast.Name)
    }
    return "id" in own and any(isinstance(item, ast.FunctionDef) and item.name == "conclude" for item in node.body)


def test_every_analyzer_has_tests() -> None:
    home = SOURCE / "analyzers"
    analyzers = [path for path in home.rglob("*.py") if any(map(_is_analyzer, tree_of(path).body))]
    tested = ROOT / "tests/unit/analyzers"
    rooms = {path.relative_to(home).parts[0].removesuffix(".py") for path in analyzers}

    assert len(rooms) >= 10
    assert [room for room in rooms if not ((tested / f"test_{room}.py").exists() or (tested / room).is_dir())] == []


def test_every_public_name_has_a_docstring() -> None:
    missing = []
    for path in modules():
        tree = tree_of(path)
        if ast.get_docstring(tree) is None:
            missing.append(name_of(path))
        missing += [f"{name_of(path)}:{node.lineno} {name}" for name, node in _public(tree)]

    assert missing == []


def _public(tree: ast.Module) -> Iterator[tuple[str, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield public functions, classes and methods of public classes that have no docstring."""
    for node in tree.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef) or node.name.startswith("_"):
            continue
        if ast.get_docstring(node) is None:
            yield node.name, node
        if isinstance(node, ast.ClassDef):
            for inner in node.body:
                if not isinstance(inner, ast.FunctionDef) or inner.name.startswith("_") or _is_overload(inner):
                    continue
                if ast.get_docstring(inner) is None:
                    yield f"{node.name}.{inner.name}", inner


def _is_overload(function: ast.FunctionDef) -> bool:
    return any(getattr(decorator, "id", "") == "overload" for decorator in function.decorator_list)


def test_source_is_plain_ascii_but_for_shown_text() -> None:
    wrong = [
        f"{name_of(path)}:{number}"
        for path in modules()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if not line.isascii()
    ]

    assert wrong == []


def test_no_test_sleeps_or_times() -> None:
    wrong = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if "time.sleep(" in line and path != Path(__file__)
    ]

    assert wrong == []


def test_values_have_fields_and_types() -> None:
    """String keys and Any are for documents of others: what is ours has structs, which mypy checks."""
    keys, anys = 0, 0
    for path in modules():
        for node in ast.walk(tree_of(path)):
            asked = node.args[0] if isinstance(node, ast.Call) and _is_get(node.func) and node.args else None
            asked = node.slice if isinstance(node, ast.Subscript) else asked
            keys += isinstance(asked, ast.Constant) and isinstance(asked.value, str)
            anys += isinstance(node, ast.Name) and node.id == "Any"

    assert keys < 250
    assert anys < 120


def _is_get(function: ast.expr) -> bool:
    return isinstance(function, ast.Attribute) and function.attr == "get"


@pytest.mark.parametrize("folder", ["archive", "cli"])
def test_each_module_has_its_unit_test(folder: str) -> None:
    """Where to look for a module's tests is not to be guessed."""
    names = [name_of(path) for path in modules() if name_of(path).startswith(f"{folder}/")]
    expected = {
        name.rpartition("/")[0] + "/test_" + name.rpartition("/")[2] for name in names if "__init__" not in name
    }
    tests = ROOT / "tests/unit"

    assert expected <= {path.relative_to(tests).as_posix() for path in (tests / folder).rglob("test_*.py")}
