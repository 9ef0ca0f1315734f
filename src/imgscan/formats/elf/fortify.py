"""Functions of glibc that _FORTIFY_SOURCE replaces by checking ones.

Source: the exported names ``__*_chk`` of glibc 2.36. musl's fortify headers check inline and leave no such name.
"""

from __future__ import annotations

_FUNCTIONS = (
    "asprintf confstr dprintf explicit_bzero fgets fgets_unlocked fgetws fgetws_unlocked fprintf fread fread_unlocked "
    "fwprintf getcwd getdomainname getgroups gethostname getlogin_r gets getwd longjmp mbsnrtowcs mbsrtowcs mbstowcs "
    "memcpy memmove mempcpy memset obstack_printf obstack_vprintf poll ppoll pread64 pread printf ptsname_r read "
    "readlink readlinkat realpath recv recvfrom snprintf sprintf stpcpy stpncpy strcat strcpy strncat strncpy swprintf "
    "syslog ttyname_r vasprintf vdprintf vfprintf vfwprintf vprintf vsnprintf vsprintf vswprintf vsyslog vwprintf "
    "wcpcpy wcpncpy wcrtomb wcscat wcscpy wcsncat wcsncpy wcsnrtombs wcsrtombs wcstombs wctomb wmemcpy wmemmove "
    "wmempcpy wmemset wprintf"
).split()

FORTIFIABLE = frozenset(name.encode() for name in _FUNCTIONS)
"""The plain functions."""

FORTIFIED = frozenset(b"__%b_chk" % name for name in FORTIFIABLE) | {b"__fdelt_chk"}
"""Their checking variants; ``__fdelt_chk`` checks the FD_SET macros."""
