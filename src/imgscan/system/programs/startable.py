"""Whether the kernel can start a file that may be run, and a loader can complete it.

Only what was observed counts: where the analyzer of ELF files, or of scripts, did not look, nothing is said.
Sources: execve(2); Linux, fs/binfmt_elf.c and binfmt_script.c.
"""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.formats.elf.file import ElfKind
from imgscan.rootfs.view import ImageView, Node
from imgscan.system.elf.files import ElfAt, elf_files, is_malformed
from imgscan.system.elf.links import elf_links
from imgscan.system.elf.machines import elf_machines
from imgscan.system.file_items import absolute
from imgscan.system.programs.script_facts import Unfit, unfit_of

_UNFIT = {
    Unfit.EMPTY: "is empty, neither a program nor a script",
    Unfit.BOM: "begins with a byte order mark, which hides its #! from the kernel",
    Unfit.TEXT: "is neither an ELF file nor a script that begins with #! and an interpreter",
    Unfit.DATA: "is neither an ELF file nor a script",
}
_MOUNTED = tuple(
    "libcuda.so libcudadebugger.so libnvidia- libnvcuvid.so libnvoptix.so libGLX_nvidia.so libEGL_nvidia.so".split()
)
"""Libraries of a graphics driver: the runtime mounts the host's own into the container."""
_NO_PROGRAMS = {ElfKind.OBJECT: "an object file", ElfKind.KERNEL_MODULE: "a kernel module", ElfKind.CORE: "a core dump"}


def refused(view: ImageView, node: Node, by_kernel: bool) -> str:
    """Return why a file cannot be started, empty where nothing is known against it.

    ``by_kernel``: nothing comes between; shells, and what calls execvp, run any other file as a script.
    """
    unfit = unfit_of(view, node) if by_kernel else None
    if unfit is not None:
        return _UNFIT[unfit]
    if is_malformed(view, node):
        return "is a damaged ELF file"
    result = _elf_of(view, node)
    if result is None:
        return ""
    if result.elf.kind in _NO_PROGRAMS:
        return f"is {_NO_PROGRAMS[result.elf.kind]}, no program"
    if "segments" in result.elf.damaged:
        return "is a damaged ELF file"
    machines = view.derived(elf_machines)
    if machines.architecture and machines.fits(result) is False:
        return machines.describe(result)
    return ""


def lacking(view: ImageView, node: Node, as_configured: bool) -> Iterator[tuple[str, str]]:
    """Yield the libraries that a program does not get, and why.

    ``as_configured``: it is started with the config's environment; else a library that stands anywhere in the image
    may be found by a search path that was set before.
    """
    result = _elf_of(view, node)
    if result is None:
        return
    lack = view.derived(elf_links).lack(result) if result.elf.is_program else None
    if lack is None:
        return
    names = lack.missing if as_configured else lack.nowhere
    for name in (name for name in names if not name.startswith(_MOUNTED)):
        where = "is not in the image" if name in lack.nowhere else "is not where its loader looks"
        through = f"{lack.through[name]}, a library of " if name in lack.through else ""
        yield name, f"{where}, and {through}{absolute(node.path)} needs it"


def loader_of(view: ImageView, node: Node) -> str | None:
    """Return the loader that an ELF file names, None for none or a relative one."""
    result = _elf_of(view, node)
    loader = result.elf.interpreter if result is not None else None
    return loader if loader is not None and loader.startswith("/") else None


def _elf_of(view: ImageView, node: Node) -> ElfAt | None:
    return view.derived(elf_files).by_path.get(node.path)
