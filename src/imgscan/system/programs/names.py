"""Names of programs by what they are good for; tables. Gathered from the distributions' own package lists.

A name counts with a version (``python3.11``, ``gcc-12``), a target (``x86_64-linux-gnu-gcc``) or a variant
(``nc.openbsd``, ``bash-static``); ``sections_of`` knows all of these.
"""

from __future__ import annotations

from functools import lru_cache

from imgscan.shell.known import LANGUAGES, MULTI_CALL, SHELL_ESCAPES, SHELLS

INTERPRETERS = LANGUAGES | SHELL_ESCAPES

PACKAGE_MANAGERS = frozenset(
    "dpkg dpkg-deb dpkg-query dpkg-split apt apt-get apt-cache apt-key apt-mark aptitude dselect apk rpm rpm2cpio "
    "rpmdb yum dnf dnf5 microdnf tdnf zypper rpm-ostree pacman opkg ipkg swupd emerge xbps-install slackpkg nix "
    "nix-env guix snap flatpak brew conda mamba micromamba pixi pip pipx uv uvx poetry pipenv pdm rye easy_install "
    "npm npx yarn pnpm corepack gem bundle bundler composer pecl pear cargo rustup go mvn gradle nuget luarocks cpan "
    "cpanm cabal stack mix rebar3 opam debootstrap".split()
)

NETWORK_TOOLS = frozenset(
    "curl wget wget2 aria2c axel httpie http xh lynx links elinks w3m nc ncat netcat socat cryptcat pwncat telnet ftp "
    "lftp ncftp tftp atftp rsync rsh rlogin rexec ssh scp sftp sshpass sshfs autossh mosh nmap nping zmap masscan "
    "rustscan hping3 fping arping ping ping6 tracepath traceroute traceroute6 mtr mtr-packet dig nslookup host drill "
    "kdig whois resolvectl ip ifconfig route arp netstat ss ethtool iw iwconfig brctl bridge tc iptables ip6tables "
    "iptables-nft iptables-legacy xtables-nft-multi xtables-legacy-multi nft ebtables arptables ipset conntrack "
    "tcpdump tshark dumpcap wireshark ngrep iftop nethogs iperf iperf3 openvpn wg wg-quick ipsec strongswan "
    "proxychains proxychains4 tor torsocks chisel frpc frps ngrok cloudflared gost ligolo-ng snmpwalk snmpget "
    "ldapsearch smbclient rpcclient mysql mariadb psql redis-cli mongosh mongo grpcurl websocat openssl gnutls-cli "
    "s_client ftpget ftpput ssl_client nbd-client udhcpc dhclient dhcpcd ssh-keyscan".split()
)

DEBUG_TOOLS = frozenset(
    "gdb gdbserver gdb-multiarch lldb lldb-server strace ltrace perf bpftrace bpftool trace-cmd valgrind rr dlv delve "
    "pstack gcore nm objdump readelf strings hexdump hd xxd od lsof fuser pmap ps top htop btop atop iotop vmstat "
    "iostat mpstat pidstat dstat sar vim vi view ex nvim nano pico emacs joe ed tmux screen script crash drgn sysdig "
    "jstack jmap jcmd jdb py-spy".split()
)

COMPILERS = frozenset(
    "gcc g++ cc c++ c89 c99 cpp cc1 cc1plus cc1obj f951 go1 gnat1 d21 lto1 lto-wrapper collect2 as gas ld ld.bfd "
    "ld.gold ld.lld lld mold gold clang clang++ clang-cpp flang tcc icc icpc icx nvcc ptxas gfortran g77 gnat gnatmake "
    "gdc go gccgo gofmt rustc cargo rustup rustdoc javac kotlinc scalac groovyc ghc ocamlopt ocamlc dmd ldc2 swiftc "
    "fpc mcs csc csi tsc nasm yasm fasm zig nim crystal vala valac make gmake bmake cmake cpack ctest ninja samu meson "
    "autoconf autoreconf automake aclocal autoheader libtool libtoolize m4 bison yacc byacc flex lex pkg-config "
    "pkgconf ar ranlib strip objcopy gcc-ar gcc-nm gcc-ranlib llvm-ar llvm-nm llvm-objcopy llvm-strip llvm-config "
    "patch git svn svnadmin hg bzr cvs bazel buck2 ant mvn gradle sbt dpkg-buildpackage rpmbuild abuild makepkg "
    "fakeroot ccache distcc gcov addr2line".split()
)

CONTAINER_TOOLS = frozenset(
    "docker dockerd docker-compose docker-proxy docker-init containerd containerd-shim containerd-shim-runc-v2 ctr "
    "nerdctl podman buildah buildkitd buildctl skopeo umoci crictl runc crun youki kata-runtime runsc conmon kubectl "
    "kubelet kubeadm helm oc kind k3s k0s k9s minikube etcdctl lxc lxd lxc-start lxc-attach incus systemd-nspawn "
    "machinectl bwrap nsenter unshare chroot capsh setcap getcap setpriv sudo sudoedit doas su runuser pkexec gosu "
    "su-exec newuidmap newgidmap slirp4netns fuse-overlayfs crane dive trivy grype syft".split()
)
"""Programs that make, enter or leave containers, and those that change who one is."""

ORDINARY = frozenset("su runuser chroot unshare nsenter setpriv od hd hexdump more script patch".split())
"""Of all these, what every distribution's base brings (util-linux, coreutils): listed, but nothing to look into."""

REMOTE_DAEMONS = frozenset(
    "sshd dropbear tinysshd telnetd in.telnetd utelnetd rlogind in.rlogind rshd in.rshd rexecd in.rexecd vsftpd "
    "proftpd pure-ftpd ftpd in.ftpd tftpd in.tftpd xrdp Xvnc x11vnc vncserver tigervncserver ttyd shellinaboxd gotty "
    "wetty code-server webmin cockpit-ws mosh-server".split()
)
"""Daemons that give a remote user a login, a shell or files."""

SERVICE_DAEMONS = frozenset(
    "xinetd inetd rpcbind rpc.mountd rpc.nfsd rpc.statd nfsd smbd nmbd winbindd cupsd avahi-daemon snmpd cron crond "
    "atd anacron exim4 exim sendmail postfix master dovecot rsyslogd syslogd syslog-ng klogd auditd dbus-daemon udevd "
    "systemd-udevd systemd-networkd systemd-resolved systemd-logind dhcpd dnsmasq named unbound pdns_server ntpd "
    "chronyd slapd nscd nslcd sssd apache2 httpd nginx lighttpd caddy haproxy traefik envoy varnishd squid mysqld "
    "mariadbd postgres redis-server valkey-server memcached mongod rabbitmq-server mosquitto openvpn polkitd "
    "udisksd bluetoothd wpa_supplicant hostapd zabbix_agentd node_exporter collectd fail2ban-server containerd "
    "dockerd kubelet etcd httpd-prefork uhttpd dnsd tcpsvd udpsvd udhcpd ntpdate inetutils-inetd rinetd".split()
)

DAEMONS = REMOTE_DAEMONS | SERVICE_DAEMONS

INITS = frozenset(
    "init systemd openrc openrc-init openrc-run runit runit-init runsvdir runsvdir-start runsv s6-svscan s6-init "
    "s6-linux-init s6-overlay-suexec supervisord svscan svscanboot perpboot dinit finit sysvinit busybox-init "
    "circusd monit nosh".split()
)
"""Programs that start others as their configuration says."""

SECTIONS = (
    ("shells", SHELLS),
    ("interpreters", INTERPRETERS),
    ("package_managers", PACKAGE_MANAGERS),
    ("network_tools", NETWORK_TOOLS),
    ("debug_tools", DEBUG_TOOLS),
    ("compilers", COMPILERS),
    ("container_tools", CONTAINER_TOOLS),
    ("daemons", DAEMONS),
)

# Only of these a number at the end is a version: ping6, c89 and ksh93 are names of their own.
_VERSIONED = frozenset(
    "python pypy perl ruby jruby node nodejs php php-cgi php-fpm lua luajit tclsh wish expect gawk guile scala erl pip "
    "easy_install gem bundle irb npm gcc g++ cpp cc c++ gcc-ar gcc-nm gcc-ranlib gfortran gccgo gdc gnat gcov clang "
    "clang++ clang-cpp flang lld ld.lld lldb lldb-server llvm-ar llvm-nm llvm-objcopy llvm-strip llvm-config go ghc "
    "rustc automake aclocal autoconf java javac postgres cmake ksh bash zsh mariadb dhclient perf gdb vim emacs tcc "
    "iperf redis-server conda".split()
)
_VARIANTS = frozenset(
    "static real distrib orig traditional openbsd basic tiny nox gtk gtk3 lucid athena mini musl glibc dietlibc klibc "
    "byron plan9 legacy nft procps net-tools inetutils heirloom d t dbg debug bin bak old".split()
)
_TARGETS = (
    "x86_64 i386 i486 i586 i686 aarch64 arm armv5 armv6 armv7 armv7a armv7l armeb mips mipsel mips64 mips64el powerpc "
    "powerpc64 powerpc64le ppc64le riscv32 riscv64 s390 s390x sparc sparc64 m68k alpha hppa hppa64 ia64 loongarch64 "
    "sh4 avr bpf msp430 wasm32 xtensa or1k"
).split()
_TARGET_PARTS = 4
"""The most words of a target: cpu-vendor-kernel-system."""


@lru_cache(maxsize=65536)
def sections_of(name: str) -> tuple[str, ...]:
    """Return the sections that a program of this name (last component of its path) belongs to."""
    plain = plain_name(name)
    return tuple(section for section, names in SECTIONS if plain in names) if plain else ()


def plain_name(name: str) -> str:
    """Return the name as the tables have it, without version, target or variant; empty for an unknown one."""
    if name in KNOWN:
        return name
    if not name or name[0] not in _FIRST_LETTERS:
        return ""
    return _without_ending(name) or _without_target(name) or _before_target(name)


def _without_ending(name: str) -> str:
    """Return the known name that ``name`` is a version or a variant of."""
    base = name.rstrip("0123456789.")
    if name[-1].isdigit() and (base := base.rstrip("-_")) in _VERSIONED:
        return base
    for mark in ".-":
        base, result, suffix = name.rpartition(mark)
        if result and suffix in _VARIANTS:
            return plain_name(base)
    if name[-1] in "dtm" and name[-2:-1].isdigit():  # python3.11d: a build with other settings
        return _without_ending(name[:-1])
    return ""


def _without_target(name: str) -> str:
    """Return the known build tool whose name follows a target: ``x86_64-linux-gnu-gcc-12``."""
    parts = name.split("-", _TARGET_PARTS + 1)
    if parts[0] not in _TARGETS:
        return ""
    for index in range(1, len(parts)):
        rest = "-".join(parts[index:])
        plain = rest if rest in KNOWN else _without_ending(rest)
        if plain in COMPILERS or plain in DEBUG_TOOLS:
            return plain
    return ""


def _before_target(name: str) -> str:
    """Return the known name that a target follows: ``perl5.36-x86_64-linux-gnu``."""
    parts = name.split("-", _TARGET_PARTS + 1)
    index = next((index for index, part in enumerate(parts) if part in _TARGETS), 0)
    base = "-".join(parts[:index])
    return base if base in KNOWN else _without_ending(base) if base else ""


KNOWN: frozenset[str] = frozenset().union(MULTI_CALL, *(names for _, names in SECTIONS))
_FIRST_LETTERS = frozenset(name[0] for name in (*KNOWN, *_TARGETS))
