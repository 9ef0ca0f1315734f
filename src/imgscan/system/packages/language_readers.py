"""What packages of languages and applications say of themselves, as facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator

from imgscan.errors import PackageDataError, Position
from imgscan.formats.packages import applications, gemspec, scripted, store_path
from imgscan.formats.packages import npm as npm_package
from imgscan.formats.packages import python as python_package
from imgscan.formats.packages.composer import parse_installed_json
from imgscan.formats.packages.conda import parse_conda_meta
from imgscan.formats.packages.dotnet import parse_deps_json
from imgscan.formats.packages.java.archive import parse_jar, read_text_members
from imgscan.formats.packages.java.file_name import SUFFIXES as JAVA_SUFFIXES
from imgscan.formats.packages.java.identity import JavaNames, packages_of
from imgscan.formats.packages.java.manifest import parse_manifest, title_of, version_of
from imgscan.formats.packages.java.pom import parse_pom_properties
from imgscan.formats.packages.r_package import parse_description
from imgscan.formats.packages.spdx_document import parse_spdx_packages
from imgscan.formats.path import base_name, parent_of
from imgscan.formats.text_lines import bounded_lines
from imgscan.model.package import PackageRecord, PackageType
from imgscan.system.packages.facts import (
    LanguagePackage,
    PackageFact,
    PerlList,
    PerlModule,
    PythonFiles,
    ReadError,
    recorded,
)
from imgscan.system.packages.records import pack_files

Reader = Callable[[str, bytes], Iterator[PackageFact]]
"""Yields the facts on the file at a path, given its content."""

_R_LIBRARIES = frozenset({"library", "site-library", "dist-library"})
_PERL_LIBRARIES = re.compile(r"(?:^|/)(?:site_perl|perl5)/")
_EGG_INFO = frozenset({"EGG-INFO/PKG-INFO"})
_MANY_TESTS = re.compile(r"/(?:tests?|fixtures|__tests__|spec|examples?)/")

NAMES = frozenset(
    "METADATA RECORD PKG-INFO installed-files.txt package.json installed.json DESCRIPTION pom.properties MANIFEST.MF "
    "INSTALL_RECEIPT.json .packlist install.json snap.yaml metadata Project.toml Package.resolved style.css".split()
)
SUFFIXES = frozenset(
    {".gemspec", ".egg-info", ".egg", ".json", ".spdx", ".rockspec", ".app", ".php", ".pm"}
    # What was built on another system is there in capitals, too; Java asks for no suffix at all.
    | {spelt for suffix in JAVA_SUFFIXES for spelt in (suffix, suffix.upper())}
)


def language_reader(path: str) -> Reader | None:
    """Return what reads the file at ``path``, None when it records no package."""
    name, folder = base_name(path), parent_of(path)
    named = _BY_NAME.get(name)
    if named is not None:
        return named[1] if named[0](path, base_name(folder)) else None
    suffix = name[name.rfind(".") :].lower() if "." in name else ""
    ended = _BY_SUFFIX.get(suffix)
    return ended[1] if ended is not None and ended[0](path, base_name(folder)) else None


def _packages(records: Iterable[PackageRecord | None]) -> Iterator[PackageFact]:
    for record in records:
        if record is not None:
            yield LanguagePackage(package=recorded(record))


# Python


def _metadata(_path: str, content: bytes) -> Iterator[PackageFact]:
    yield from _packages([python_package.parse_metadata(content)])


def _egg(path: str, content: bytes) -> Iterator[PackageFact]:
    """Yield the distribution that a zipped egg is."""
    members = list(read_text_members(content, _EGG_INFO))
    if not members:
        raise PackageDataError("an egg without EGG-INFO/PKG-INFO", Position(offset=0))
    for _, text in members:
        yield from _metadata(path, text)


def _record(path: str, content: bytes) -> Iterator[PackageFact]:
    yield PythonFiles(files=pack_files(python_package.parse_record(content, parent_of(path))))


def _installed_files(path: str, content: bytes) -> Iterator[PackageFact]:
    folder = parent_of(path)
    names = bounded_lines(content.decode("utf-8", "surrogateescape"), python_package.MAX_FILES, "a list of files")
    lines = "\n".join(f"{base_name(folder)}/{name.strip()},," for name in names if name.strip() and "," not in name)
    listed = python_package.parse_record(lines.encode("utf-8", "surrogateescape"), folder)
    yield PythonFiles(files=pack_files(listed))


# Java


def _jar(path: str, content: bytes) -> Iterator[PackageFact]:
    if path.lower().endswith(".rar") and not content.startswith(b"PK"):
        return  # WinRAR's, no resource adapter
    result = parse_jar(content, path)
    yield from _packages(result.packages)
    for name, why in result.skipped:
        inside = name.removeprefix(f"{path}!/")
        yield ReadError(message=f"{inside} was not read: {why}")


def _pom(_path: str, content: bytes) -> Iterator[PackageFact]:
    """Yield what Maven says of an archive that was unpacked into a directory."""
    pom = parse_pom_properties(content)
    if pom is not None:
        yield from _packages(
            [PackageRecord(type=PackageType.MAVEN, name=pom.artifact, namespace=pom.group, version=pom.version)]
        )


def _java_manifest(path: str, content: bytes) -> Iterator[PackageFact]:
    """Yield the plugin or program whose archive was unpacked around this manifest."""
    manifest = parse_manifest(content)
    named = "short-name" in manifest or "start-class" in manifest or "spring-boot-version" in manifest
    if named and title_of(manifest) and version_of(manifest):
        suffix = ".hpi" if "short-name" in manifest else ".jar"
        yield from _packages(packages_of(JavaNames(manifest), f"{title_of(manifest)}{suffix}"))


# Others


def _npm(path: str, content: bytes) -> Iterator[PackageFact]:
    try:
        record = npm_package.parse_package_json(content)
    except PackageDataError as error:
        # Modules have such files for themselves, to say how they are to be loaded, and tests broken ones on purpose.
        if npm_package.is_json(content) or _MANY_TESTS.search(path):
            return
        raise error
    yield from _packages([record])


def _gem(_path: str, content: bytes) -> Iterator[PackageFact]:
    yield from _packages([gemspec.parse_gemspec(content)])


def _composer(_path: str, content: bytes) -> Iterator[PackageFact]:
    yield from _packages(parse_installed_json(content))


def _dotnet(_path: str, content: bytes) -> Iterator[PackageFact]:
    yield from _packages(parse_deps_json(content))


def _conda(path: str, content: bytes) -> Iterator[PackageFact]:
    yield from _packages([parse_conda_meta(content, parent_of(parent_of(path)))])


def _spdx(_path: str, content: bytes) -> Iterator[PackageFact]:
    yield from _packages(parse_spdx_packages(content))


def _r(path: str, content: bytes) -> Iterator[PackageFact]:
    record = parse_description(content)
    if record is None and base_name(parent_of(parent_of(path))) in _R_LIBRARIES:
        raise PackageDataError("a DESCRIPTION in a library of R without a package, its version and build", Position())
    yield from _packages([record])


def _cellar(path: str, _content: bytes) -> Iterator[PackageFact]:
    yield from _packages([store_path.parse_cellar_folder(parent_of(path))])


def _erlang(path: str, content: bytes) -> Iterator[PackageFact]:
    yield from _packages([scripted.parse_erlang_app(content, path)])


def _rock(_path: str, content: bytes) -> Iterator[PackageFact]:
    yield from _packages([scripted.parse_rockspec(content)])


def _wordpress(path: str, content: bytes) -> Iterator[PackageFact]:
    yield from _packages([scripted.parse_wordpress(content, path)])


def _perl_list(path: str, _content: bytes) -> Iterator[PackageFact]:
    module = scripted.perl_module(path)
    if module:
        yield PerlList(module=module)


def _perl_module(path: str, content: bytes) -> Iterator[PackageFact]:
    version = scripted.perl_version(content)
    if version:
        yield PerlModule(version=version)


def _perl_install(_path: str, content: bytes) -> Iterator[PackageFact]:
    yield from _packages([scripted.parse_perl_install(content)])


def _snap(_path: str, content: bytes) -> Iterator[PackageFact]:
    yield from _packages([applications.parse_snap_yaml(content)])


def _flatpak(path: str, content: bytes) -> Iterator[PackageFact]:
    yield from _packages([applications.parse_flatpak_metadata(content, path)])


def _julia(_path: str, content: bytes) -> Iterator[PackageFact]:
    yield from _packages([applications.parse_julia_project(content)])


def _swift(_path: str, content: bytes) -> Iterator[PackageFact]:
    yield from _packages(applications.parse_package_resolved(content))


_Where = Callable[[str, str], bool]
"""Whether a file is one, by its path and the name of its directory."""


def _anywhere(_path: str, _folder: str) -> bool:
    return True


def _in_python_info(_path: str, folder: str) -> bool:
    return folder.endswith((".dist-info", ".egg-info")) or folder == "EGG-INFO"


def _in_wordpress(path: str, _folder: str) -> bool:
    parts = path.split("/")
    inside = len(parts) > 4 and parts[-4] == "wp-content" and parts[-3] in ("plugins", "themes")
    return inside or path.endswith("wp-includes/version.php") or (len(parts) > 3 and parts[-3] == "mu-plugins")


_BY_NAME: dict[str, tuple[_Where, Reader]] = {
    "METADATA": (_in_python_info, _metadata),
    "PKG-INFO": (_in_python_info, _metadata),
    "RECORD": (lambda _, folder: folder.endswith(".dist-info"), _record),
    "installed-files.txt": (lambda _, folder: folder.endswith(".egg-info"), _installed_files),
    "package.json": (lambda path, _: npm_package.is_installed_package(path), _npm),
    "installed.json": (lambda _, folder: folder == "composer", _composer),
    "DESCRIPTION": (_anywhere, _r),
    "pom.properties": (lambda path, _: "META-INF/maven/" in path, _pom),
    "MANIFEST.MF": (lambda _, folder: folder == "META-INF", _java_manifest),
    "INSTALL_RECEIPT.json": (lambda path, _: "Cellar/" in path, _cellar),
    ".packlist": (lambda path, _: "/auto/" in path, _perl_list),
    "install.json": (lambda path, _: "/.meta/" in f"/{path}", _perl_install),
    "snap.yaml": (lambda _, folder: folder in ("meta", "snap"), _snap),
    "metadata": (lambda path, _: "flatpak/" in path, _flatpak),
    "Project.toml": (lambda path, _: "/packages/" in path or "/stdlib/" in path, _julia),
    "Package.resolved": (_anywhere, _swift),
    "style.css": (_in_wordpress, _wordpress),
}
_BY_SUFFIX: dict[str, tuple[_Where, Reader]] = {
    ".egg-info": (_anywhere, _metadata),
    ".egg": (_anywhere, _egg),
    ".gemspec": (
        lambda path, folder: folder == "specifications" or base_name(parent_of(parent_of(path))) == "specifications",
        _gem,
    ),
    ".json": (
        lambda path, folder: folder == "conda-meta" or path.endswith(".deps.json"),
        lambda path, content: (_dotnet if path.endswith(".deps.json") else _conda)(path, content),
    ),
    ".spdx": (lambda path, _: base_name(path).startswith(".spdx-") or "/bitnami/" in f"/{path}", _spdx),
    ".rockspec": (lambda path, _: "rocks" in path, _rock),
    ".app": (lambda _, folder: folder == "ebin", _erlang),
    ".php": (_in_wordpress, _wordpress),
    ".pm": (lambda path, _: _PERL_LIBRARIES.search(path) is not None, _perl_module),
    **dict.fromkeys(JAVA_SUFFIXES, (_anywhere, _jar)),
}
