"""Builders of tars and images, and single stages to run them through: for imgscan's tests and for analyzer authors.

    found = conclude(Setuid(), tar_of({"bin/su": (0o4755, b"")}), tar_of({"bin/.wh.su": b""}))
    assert [finding.state for finding in found.findings] == ["deleted"]

No room of imgscan imports this package.
"""

from __future__ import annotations

from imgscan.testing.compress import COMPRESSIONS, compress
from imgscan.testing.elf import ElfBuilder, elf, program, static_program
from imgscan.testing.header import extended_header, pax_records, tar_header, tar_number
from imgscan.testing.image import ImageBuilder, docker_archive
from imgscan.testing.layout import Index, oci_archive, oci_files, write_files
from imgscan.testing.run import Concluded, conclude, facts_of, listing, merged, survey
from imgscan.testing.sparse import sparse_member
from imgscan.testing.tar import TarBuilder, tar_of

__all__ = [
    "COMPRESSIONS",
    "Concluded",
    "ElfBuilder",
    "ImageBuilder",
    "Index",
    "TarBuilder",
    "compress",
    "conclude",
    "docker_archive",
    "elf",
    "extended_header",
    "facts_of",
    "listing",
    "merged",
    "oci_archive",
    "oci_files",
    "pax_records",
    "program",
    "sparse_member",
    "static_program",
    "survey",
    "tar_header",
    "tar_number",
    "tar_of",
    "write_files",
]
