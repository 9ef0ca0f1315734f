"""What a stream that is no tar looks like by its first bytes: filesystems, disks, programs, packings.

Sources: the superblocks of Linux (fs/erofs/erofs_fs.h, Documentation/filesystems/ext4/super.rst,
fs/squashfs/squashfs_fs.h, fs/btrfs, fs/xfs, fs/f2fs, fs/cramfs, fs/romfs), ECMA-119 8.1 (ISO 9660), the WebAssembly
core specification 5.5, Sylabs SIF (sif.go), nydus rafs v5 (rafs/src/metadata/layout), LUKS, QCOW2, VHDX, VMDK, UEFI
(GPT).
"""

from __future__ import annotations

from imgscan.layer.decompress import unsupported_compression

HEAD_BYTES = 66 * 1024
"""So many first bytes tell all that is known here: btrfs has its superblock at 64 KiB."""

_SIGNATURES = (
    (1024, b"\xe2\xe1\xf5\xe0", "an EROFS filesystem"),
    (0x438, b"\x53\xef", "an ext4 filesystem"),
    (0, b"hsqs", "a squashfs filesystem"),
    (0, b"sqsh", "a squashfs filesystem"),
    (0x8001, b"CD001", "an ISO 9660 filesystem"),
    (0x8001, b"BEA01", "a UDF filesystem"),
    (0x10040, b"_BHRfS_M", "a btrfs filesystem"),
    (0, b"XFSB", "an XFS filesystem"),
    (1024, b"\x10\x20\xf5\xf2", "an F2FS filesystem"),
    (0, b"\x45\x3d\xcd\x28", "a cramfs filesystem"),
    (0, b"-rom1fs-", "a romfs filesystem"),
    (0, b"SFAR", "a nydus (RAFS) filesystem"),
    (0, b"verity\0\0", "a dm-verity hash tree"),
    (0x200, b"EFI PART", "a disk with partitions (GPT)"),
    (32, b"SIF_MAGIC", "a Singularity image (SIF)"),
    (0, b"LUKS\xba\xbe", "an encrypted LUKS volume"),
    (0, b"QFI\xfb", "a QCOW2 disk"),
    (0, b"KDMV", "a VMDK disk"),
    (0, b"vhdxfile", "a VHDX disk"),
    (0, b"conectix", "a VHD disk"),
    (0, b"\0asm", "a WebAssembly module"),
    (0, b"\x7fELF", "an ELF program"),
    (0, b"MZ", "a Windows program"),
    (0, b"!<arch>\n", "an ar archive"),
    (0, b"070701", "a cpio archive"),
    (0, b"070702", "a cpio archive"),
    (0, b"\xed\xab\xee\xdb", "an RPM package"),
    (0, b"%PDF-", "a PDF document"),
    (0x1FE, b"\x55\xaa", "a disk with a boot sector"),
)
"""Offset, bytes and name; the more telling first."""

_BLANKS = b" \t\r\n"


def appearance(head: bytes) -> str | None:
    """Return what a stream that begins with ``head`` looks like, in words; None for nothing that is known."""
    packing = unsupported_compression(head)
    if packing:
        return packing
    for offset, magic, name in _SIGNATURES:
        if head.startswith(magic, offset):
            return name
    if head.lstrip(_BLANKS)[:1] in (b"{", b"["):
        return "a JSON document"
    if head.startswith((b"<?xml", b"#!")):
        return "a text"
    if b"ustar" in head and not head[:512].strip(b"\0"):
        return "a tar behind zero blocks"
    return None
