"""Programs that give away the rights they run with: a table of names, by what each lets its caller do.

Gathered from what the programs do (run a command, write or read a file of the caller's choice); the names agree with
those that GTFOBins lists for SUID (2026-04).
"""

from __future__ import annotations

import re
from functools import lru_cache

from imgscan.shell.known import MULTI_CALL
from imgscan.system.programs.names import KNOWN, plain_name, sections_of

COMMAND = frozenset(
    "R aa-exec acr agetty apt-get aria2c ash asterisk bash busctl busybox cabal capsh chattr chmod choom chown "
    "chroot chrt clisp cobc cp cpulimit csh csvtool ctr curl dash dc debugfs distcc dmsetup dnsmasq docker "
    "dumb-init dvips easyrsa ed elvish emacs enscript env erl ex expect fastfetch ffmpeg find fish flock forge ftp "
    "fzf gawk gdb genie getent ginsh git gnuplot gosu gtester guile hg hping3 iftop install ionice ip irb ispell "
    "java joe jrunscript jshell julia ksh latex ld ldconfig less lftp logsave lua luajit lxd m4 mail make man mawk "
    "micro minicom more msgfilter mksh multitime mv mysql nano nawk nc ncat ncdu ncftp netcat nginx nice nmap node "
    "nodejs nohup nsenter nvim octave opencode openssl openvpn osh pdflatex pdftex perf perl pexec pg php pic pidstat "
    "pip "
    "plymouth posh psftp psql python pypy pwsh rbash rc restic rlwrap rpm rpmdb rpmquery rpmverify rsync rtorrent "
    "ruby run-parts runscript rview rvim sash scanmem scp script scrot sed setarch setcap setfacl setlock setpriv "
    "sftp sh slsh socat socket softlimit split sqlite3 ssh ssh-agent ssh-keygen sshpass start-stop-daemon static-sh "
    "stdbuf strace su-exec sysctl systemctl tar task tasksh tclsh tcsh tdbtool telnet tex time timeout tini tmate "
    "tmux toybox unshare unsquashfs unzip vi view vim vimdiff watch wget xargs xdotool xonsh yash yum "
    "zic zip zsh".split()
)
WRITE = frozenset(
    "arj cpio csplit dd dos2unix dosbox iconv logrotate pandoc redis redis-server shred shuf sort tcpdump tee "
    "update-alternatives varnishncsa xxd".split()
)
READ = frozenset(
    "ab alpine apache2 ar arp as ascii-xfr aspell atobm aws base32 base64 basenc basez batcat bc bconsole bee bridge "
    "bzip2 cancel cat clamscan cmp column comm crash cupsfilter cut date dialog diff dig dmesg dpkg efax egrep eqn "
    "espeak expand fgrep file finger fmt fold fping gcloud gcore genisoimage grep gzip head hexdump highlight join "
    "jq ksshell kubectl last links look lp ltrace lualatex luatex mosquitto msgattrib msgcat msgconv msgmerge "
    "msguniq nasm nl nm ntpdate od paste pax pr ptx qpdf readelf rev rlogin soelim ss ssh-keyscan strings tac tail "
    "tbl terraform tftp tic troff ul unexpand uniq urlget uuencode vigr vipw volatility w3m wc whiptail whois wish "
    "xmodmap xmore xpad xz zless zsoelim".split()
)
_LOADER = re.compile(r"ld(-linux[^/]{0,40}|-musl[^/]{0,40}|-[0-9.]{1,10})?\.so(\.[0-9]{1,3})?")
_FIRST_LETTERS = frozenset(name[0] for name in (*COMMAND, *WRITE, *READ, "ld", *KNOWN))
_VERSION = re.compile(r"[-.]?[0-9][0-9.]{0,30}[a-z]{0,3}")


@lru_cache(maxsize=65536)  # each name is asked about several times
def danger_of(name: str) -> str | None:
    """Return what a program of this name lets its caller do, None for a name that is not known for it.

    Versions count as the program: ``python3.11``, ``perl5.36.0``, ``gawk-5.1``, ``vim.basic``.
    """
    if name[:1] not in _FIRST_LETTERS:
        return None
    if _LOADER.fullmatch(name):
        return "it loads and runs any program"
    plain = name.partition(".")[0]
    if plain_name(name) in MULTI_CALL:
        return "it runs commands for its caller" if name.startswith(("busybox", "toybox")) else None
    for known in dict.fromkeys((name, plain, _unversioned(name), _unversioned(plain), plain_name(name) or name)):
        if known in COMMAND:
            return "it runs commands for its caller"
        if known in WRITE:
            return "it writes files for its caller"
        if known in READ:
            return "it reads files for its caller"
    # Any shell or interpreter runs what its caller writes.
    return "it runs commands for its caller" if {"shells", "interpreters"}.intersection(sections_of(name)) else None


def runs_commands(name: str) -> bool:
    """Whether a program of this name runs commands for its caller."""
    return danger_of(name) in ("it runs commands for its caller", "it loads and runs any program")


def _unversioned(name: str) -> str:
    stem = name.rstrip("0123456789.")
    stem = stem.rstrip("-") if stem != name else stem
    return stem if stem and _VERSION.fullmatch(name[len(stem) :]) else name
