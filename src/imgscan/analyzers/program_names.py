"""Names of programs by what they are good for; a table. Gathered from the distributions' own package lists."""

from __future__ import annotations

SHELLS = frozenset(
    "sh bash rbash dash ash zsh rzsh ksh ksh93 rksh mksh lksh pdksh oksh loksh csh tcsh fish yash posh sash es rc "
    "elvish nu xonsh pwsh osh oil hush mrsh scsh ion brush static-sh cttyhack".split()
)

PACKAGE_MANAGERS = frozenset(
    "dpkg dpkg-deb dpkg-query apt apt-get apt-cache apt-key aptitude dselect apk apk.static rpm yum dnf dnf5 "
    "microdnf tdnf zypper rpm-ostree pacman opkg ipkg swupd emerge xbps-install slackpkg nix guix snap flatpak brew "
    "conda mamba micromamba pip pip3 pipx uv poetry pipenv easy_install npm npx yarn pnpm corepack gem bundle "
    "bundler composer pecl pear cargo go mvn gradle nuget luarocks cpan cpanm cabal stack mix rebar3 opam".split()
)

NETWORK_TOOLS = frozenset(
    "curl wget wget2 aria2c axel httpie http lynx links elinks w3m nc ncat netcat nc.openbsd nc.traditional socat "
    "cryptcat pwncat telnet ftp lftp ncftp tftp rsync rsh rlogin rexec ssh scp sftp sshpass autossh mosh nmap zmap "
    "masscan hping3 fping arping ping ping6 tracepath traceroute traceroute6 mtr dig nslookup host drill whois "
    "resolvectl ip ifconfig route arp netstat ss ethtool iwconfig brctl bridge tc iptables ip6tables nft ebtables "
    "ipset tcpdump tshark dumpcap wireshark ngrep iftop nethogs iperf iperf3 openvpn wg wg-quick ipsec strongswan "
    "proxychains tor chisel frpc ngrok cloudflared snmpwalk ldapsearch smbclient mysql psql redis-cli mongosh "
    "grpcurl websocat openssl ftpget ftpput ssl_client nbd-client udhcpc".split()
)

MULTI_CALL = frozenset("busybox busybox.static busybox-extras bbsuid".split())

SECTIONS = (
    ("shells", SHELLS),
    ("package_managers", PACKAGE_MANAGERS),
    ("network_tools", NETWORK_TOOLS),
)
