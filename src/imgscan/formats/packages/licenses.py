"""Names of licences as SPDX identifiers, and licences by their common texts.

Sources: SPDX license list 3.25; Debian copyright-format 1.0, "Short name"; Debian base-files (common-licenses).
"""

from __future__ import annotations

import re

_GNU = re.compile(
    r"(?:gnu[ -])?(a|l|)gpl(?:[ -]?v?(?:ersion)?[ -]?(\d(?:\.\d){0,2}))?(\+|[- ]or[- ]later|[- ]or[- ]newer|[- ]only)?"
    r"(?:[- ]or[- ]later)?",
    re.IGNORECASE,
)
_PLAIN = {
    "expat": "MIT",
    "mit": "MIT",
    "mit/x11": "MIT",
    "x11": "X11",
    "isc": "ISC",
    "zlib": "Zlib",
    "zlib/libpng": "Zlib",
    "bsd-2-clause": "BSD-2-Clause",
    "bsd-2-clauses": "BSD-2-Clause",
    "bsd-3-clause": "BSD-3-Clause",
    "bsd-3-clauses": "BSD-3-Clause",
    "bsd-4-clause": "BSD-4-Clause",
    "bsd-4-clause-uc": "BSD-4-Clause-UC",
    "0bsd": "0BSD",
    "apache": "Apache-2.0",
    "apache-2": "Apache-2.0",
    "apache-2.0": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache 2.0": "Apache-2.0",
    "apache license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "the apache license, version 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0",
    "apache-1.1": "Apache-1.1",
    "artistic": "Artistic-1.0-Perl",
    "artistic-1": "Artistic-1.0",
    "artistic-2": "Artistic-2.0",
    "artistic-2.0": "Artistic-2.0",
    "perl": "Artistic-1.0-Perl OR GPL-1.0-or-later",
    "mpl-1.1": "MPL-1.1",
    "mpl-2": "MPL-2.0",
    "mpl-2.0": "MPL-2.0",
    "mplv2.0": "MPL-2.0",
    "cddl": "CDDL-1.0",
    "cddl-1.0": "CDDL-1.0",
    "cddl-1.1": "CDDL-1.1",
    "epl-1.0": "EPL-1.0",
    "epl-2.0": "EPL-2.0",
    "eclipse public license 1.0": "EPL-1.0",
    "eclipse public license 2.0": "EPL-2.0",
    "eclipse public license - v 2.0": "EPL-2.0",
    "psf-2": "PSF-2.0",
    "psf-2.0": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
    "python": "Python-2.0",
    "python-2.0": "Python-2.0",
    "unicode": "Unicode-DFS-2016",
    "unlicense": "Unlicense",
    "the unlicense (unlicense)": "Unlicense",
    "wtfpl": "WTFPL",
    "wtfpl-2": "WTFPL",
    "cc0": "CC0-1.0",
    "cc0-1.0": "CC0-1.0",
    "cc-by-3.0": "CC-BY-3.0",
    "cc-by-4.0": "CC-BY-4.0",
    "cc-by-sa-3.0": "CC-BY-SA-3.0",
    "cc-by-sa-4.0": "CC-BY-SA-4.0",
    "bsl": "BSL-1.0",
    "bsl-1.0": "BSL-1.0",
    "boost": "BSL-1.0",
    "ofl-1.1": "OFL-1.1",
    "sil-1.1": "OFL-1.1",
    "openssl": "OpenSSL",
    "vim": "Vim",
    "ruby": "Ruby",
    "curl": "curl",
    "postgresql": "PostgreSQL",
    "ntp": "NTP",
    "beerware": "Beerware",
    "bzip2": "bzip2-1.0.6",
    "libpng": "libpng-2.0",
    "ijg": "IJG",
    "ftl": "FTL",
    "tcl": "TCL",
    "hpnd": "HPND",
    "ssleay": "SSLeay-standalone",
    "sleepycat": "Sleepycat",
    "w3c": "W3C",
    "qpl": "QPL-1.0",
    "afl-2.1": "AFL-2.1",
    "blueoak-1.0.0": "BlueOak-1.0.0",
    "mit license": "MIT",
    "the mit license": "MIT",
    "the mit license (mit)": "MIT",
    "isc license (iscl)": "ISC",
    "isc license": "ISC",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "gfdl": "GFDL-1.1-or-later",
}
_URLS = (
    (re.compile(r"https?://(?:www\.)?apache\.org/licenses/LICENSE-2\.0(?:\.txt|\.html)?/?"), "Apache-2.0"),
    (re.compile(r"https?://(?:www\.)?opensource\.org/licenses/(?:MIT|mit-license(?:\.php)?)/?"), "MIT"),
    (re.compile(r"https?://(?:www\.)?opensource\.org/licenses/BSD-3-Clause/?"), "BSD-3-Clause"),
    (re.compile(r"https?://(?:www\.)?opensource\.org/licenses/BSD-2-Clause/?"), "BSD-2-Clause"),
    (re.compile(r"https?://(?:www\.)?eclipse\.org/legal/epl-v10(?:\.html)?/?"), "EPL-1.0"),
    (re.compile(r"https?://(?:www\.)?eclipse\.org/(?:legal/)?(?:epl-2\.0|epl-v20(?:\.html)?)/?"), "EPL-2.0"),
    (re.compile(r"https?://(?:www\.)?mozilla\.org/(?:en-US/)?MPL/2\.0/?"), "MPL-2.0"),
)
_COMMON = re.compile(r"/usr/share/common-licenses/([A-Za-z]+(?:-\d+(?:\.\d+)*)?)")
_LATER = re.compile(r"any\s{1,10}later\s{1,10}version", re.IGNORECASE)
_VERSION = re.compile(r"version\s{1,10}(\d(?:\.\d)?)\b", re.IGNORECASE)
_TEXTS = (
    ("MIT", re.compile(r"Permission\s{1,10}is\s{1,10}hereby\s{1,10}granted,\s{1,10}free\s{1,10}of\s{1,10}charge")),
    (
        "ISC",
        re.compile(
            r"Permission\s{1,10}to\s{1,10}use,\s{1,10}copy,\s{1,10}modify,\s{1,10}and/?(?:or)?\s{1,10}distribute"
        ),
    ),
    ("BSL-1.0", re.compile(r"Boost\s{1,10}Software\s{1,10}License")),
    ("Zlib", re.compile(r"This\s{1,10}software\s{1,10}is\s{1,10}provided\s{1,10}'as-is'")),
    ("Apache-2.0", re.compile(r"Apache\s{1,10}License,?\s{1,10}[Vv]ersion\s{1,10}2\.0")),
    ("MPL-2.0", re.compile(r"Mozilla\s{1,10}Public\s{1,10}License,?\s{1,10}v(?:ersion|\.)\s{0,10}2\.0")),
)
_BSD = re.compile(r"Redistribution\s{1,10}and\s{1,10}use\s{1,10}in\s{1,10}source\s{1,10}and\s{1,10}binary\s{1,10}forms")
_NO_ENDORSING = re.compile(r"endorse\s{1,10}or\s{1,10}promote")
_ADVERTISING = re.compile(r"All\s{1,10}advertising\s{1,10}materials")
_MAX_TEXT = 512 * 1024


def spdx_name(text: str) -> str:
    """Return the SPDX expression of one licence as packages write it; empty for one that is not known."""
    text = " ".join(text.split()).strip(" .,;")
    key = text.lower()
    if key in _PLAIN:
        return _PLAIN[key]
    gnu = _GNU.fullmatch(text)
    if gnu:
        return _gnu_name(gnu)
    return next((name for pattern, name in _URLS if pattern.fullmatch(text)), "")


def _gnu_name(match: re.Match[str]) -> str:
    family, version, suffix = match[1].upper(), match[2], (match[3] or "").lower().replace(" ", "-")
    if not version:  # as SPDX has it: any version that was ever published
        return {"A": "AGPL-1.0-or-later", "L": "LGPL-2.0-or-later"}.get(family, "GPL-1.0-or-later")
    version = version if "." in version else f"{version}.0"
    version = version.removesuffix(".0") if version.count(".") > 1 else version
    return f"{family}GPL-{version}-{'or-later' if suffix and suffix != '-only' else 'only'}"


def licenses_in_text(text: str) -> tuple[str, ...]:
    """Return the licences that a text refers to or has the words of, as SPDX names, in order; total."""
    text = text[:_MAX_TEXT]
    later = _LATER.search(text) is not None
    result: dict[str, None] = {}
    for match in _COMMON.finditer(text):
        name = match[1].rstrip(".-")
        if name in ("GPL", "LGPL"):  # the latest of those that Debian has; the text says which is meant
            version = _VERSION.search(text)
            name = f"{name}-{version[1]}" if version else name
        result[spdx_name(f"{name}+" if later and "GPL" in name and name[-1].isdigit() else name)] = None
    for name, pattern in _TEXTS:
        if pattern.search(text):
            result[name] = None
    if _BSD.search(text):
        four = _ADVERTISING.search(text) is not None
        result["BSD-4-Clause" if four else "BSD-3-Clause" if _NO_ENDORSING.search(text) else "BSD-2-Clause"] = None
    return tuple(name for name in result if name)
