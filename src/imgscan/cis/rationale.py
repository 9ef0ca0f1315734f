"""Why each control is there and what mends a failure: for ``imgscan explain`` and ``imgscan checks``.

The words are ours; the numbers, and what is recommended, are of the CIS Docker Benchmark 1.6.0.
"""

from __future__ import annotations

from typing import NamedTuple


class Rationale(NamedTuple):
    """Why somebody should care, and what to do; a command where there is one that always fits."""

    why: str
    remedy: str


_RUN = "The image cannot enforce it: whoever starts the container does, and imgscan harden writes the options."

RATIONALES: dict[str, Rationale] = {
    "4.1": Rationale(
        "A process that runs as root in the container is root on the host's kernel: one fault of the runtime, or one "
        "mounted path, and it is root there.",
        "RUN adduser -D -u 10001 app (or useradd), then USER 10001:10001; own what it writes with COPY --chown.",
    ),
    "4.2": Rationale(
        "Whatever the base image has, good or bad, is in the image; one that nobody vouches for was made by anybody.",
        "Build on a base that somebody vouches for, and list it: imgscan trust BASE --to imgscan.toml.",
    ),
    "4.3": Rationale(
        "Each program that is not needed is one more to patch, and one more tool for whoever gets in.",
        "Install with --no-install-recommends, remove what only the build needs, or copy the result into a slim base.",
    ),
    "4.4": Rationale(
        "Known vulnerabilities are mended in packages, and reach an image when it is rebuilt: none updates itself.",
        "Rebuild on the current base at a fixed interval; match with advisories (imgscan db import).",
    ),
    "4.5": Rationale(
        "Without signatures a registry, or who stands before it, decides what runs.",
        "DOCKER_CONTENT_TRUST=1 where images are pulled, or a policy that verifies signatures (cosign, notation).",
    ),
    "4.6": Rationale(
        "A container whose process hangs looks well to the engine unless something asks the service itself.",
        "HEALTHCHECK CMD with a program that is in the image; an orchestrator's probes do the same.",
    ),
    "4.7": Rationale(
        "An update in a step of its own is cached: later builds install from an index that is weeks old.",
        "Update, install and clean up in one RUN.",
    ),
    "4.8": Rationale(
        "A SUID or SGID file gives its owner's rights to whoever starts it: a fault in it is a way to root.",
        "RUN chmod a-s FILE, or remove the file; run with no-new-privileges. imgscan harden names each file.",
    ),
    "4.9": Rationale(
        "ADD fetches from URLs and unpacks archives: what comes in depends on servers and on the file's content.",
        "COPY for files; for URLs, RUN with a download whose checksum is compared.",
    ),
    "4.10": Rationale(
        "Who has the image has each layer, its history and its config: a secret in any of them is published, and "
        "deleting it in a later layer does not take it back.",
        "Revoke the secret; build with RUN --mount=type=secret, and give it to the container as a file where it runs.",
    ),
    "4.11": Rationale(
        "A package manager that does not check signatures installs what any mirror or proxy sends.",
        "Drop the switch that turns verification off, and import the key of the repository.",
    ),
    "4.12": Rationale(
        "A signature that nobody validates protects from nothing.",
        "Validate with the publisher's key where images are pulled (cosign verify, notation verify).",
    ),
    "5.1": Rationale("Swarm mode opens ports of the host and shares its secrets with nodes.", "docker swarm leave"),
    "5.2": Rationale("A profile bounds which files a process may touch, root or not.", _RUN),
    "5.3": Rationale("Labels keep a process from files of the host and of other containers.", _RUN),
    "5.4": Rationale(
        "A root process that keeps Docker's default capabilities can change owners, bind low ports and forge packets.",
        "--cap-drop=ALL, and add what imgscan harden lists as needed.",
    ),
    "5.5": Rationale("A privileged container has the host's devices: it is the host.", "Never --privileged."),
    "5.6": Rationale("What is mounted from the host can be changed there, with effect on it.", _RUN),
    "5.7": Rationale(
        "A login service in a container needs accounts, keys and patches, and opens a second way in past the engine's.",
        "Remove the package of the server; use docker exec or kubectl exec.",
    ),
    "5.8": Rationale("Ports below 1024 need root or a capability to be opened.", "Listen on 8080 and map it outside."),
    "5.9": Rationale(
        "Each port that is open is one more way in; those that EXPOSE declares are opened by --publish-all.",
        "EXPOSE what the service needs; list those under [allow] ports of imgscan.toml.",
    ),
    "5.10": Rationale("In the host's network a container reaches services that listen on localhost.", _RUN),
    "5.11": Rationale("Without a limit one container can take the memory of all others.", "--memory, sized by use."),
    "5.12": Rationale("Without shares one container can starve the others.", "--cpus or --cpu-shares, sized by use."),
    "5.13": Rationale(
        "What cannot be written cannot be replaced: neither programs nor scripts nor configuration.",
        "--read-only with a tmpfs or volume for each directory that imgscan lists as written.",
    ),
    "5.14": Rationale("A port that is published without address is open on all networks of the host.", _RUN),
    "5.15": Rationale("A container that restarts for ever hides that it fails.", "--restart=on-failure:5"),
    "5.16": Rationale("In the host's process namespace a container sees and signals its processes.", _RUN),
    "5.17": Rationale("In the host's IPC namespace a container reads shared memory of others.", _RUN),
    "5.18": Rationale("A device of the host gives its data, around all file permissions.", _RUN),
    "5.19": Rationale("Without limits a container may open all files and start all processes of the host.", _RUN),
    "5.20": Rationale("With shared propagation a mount in the container shows on the host.", _RUN),
    "5.21": Rationale("In the host's UTS namespace a container can rename the host.", _RUN),
    "5.22": Rationale("The default profile keeps some forty system calls away that faults of kernels were in.", _RUN),
    "5.23": Rationale("A privileged exec leaves the container's bounds.", "docker exec without --privileged."),
    "5.24": Rationale("An exec as root undoes USER.", "docker exec without --user=root."),
    "5.25": Rationale("In another control group the limits of the container do not hold.", "No --cgroup-parent."),
    "5.26": Rationale(
        "With no-new-privileges, SUID files and file capabilities give nothing to who starts them.",
        "--security-opt=no-new-privileges; imgscan names what would stop working.",
    ),
    "5.27": Rationale("Without a check at run time a hung service is not replaced.", "--health-cmd, or probes."),
    "5.28": Rationale("A cached image under the same tag may be old.", "Pull by digest, or with --pull=always."),
    "5.29": Rationale("Without a limit a fork bomb takes the process numbers of the host.", "--pids-limit=100"),
    "5.30": Rationale("On the default bridge all containers reach each other.", "A network for each application."),
    "5.31": Rationale("In the host's user namespace root in the container is root outside.", "No --userns=host."),
    "5.32": Rationale("Who can write to the engine's socket is root on the host.", "Mount no docker.sock."),
    "non-root-user": Rationale(
        "As 4.1: root in the container is root on the host's kernel.", "As 4.1: USER 10001:10001."
    ),
    "healthcheck": Rationale(
        "A HEALTHCHECK whose program is not in the image fails for ever, or is taken for none.",
        "HEALTHCHECK with a program that the image has, as exec form where there is no shell.",
    ),
    "no-setuid": Rationale("As 4.8: each SUID or SGID file is a way to more rights.", "As 4.8: RUN chmod a-s FILE."),
    "no-package-manager": Rationale(
        "A package manager installs any tool for whoever gets in, signed and from a known mirror.",
        "Remove it as the last step, or build FROM scratch or distroless.",
    ),
    "no-shell": Rationale(
        "Most attacks end in a shell command: without a shell they end earlier.",
        "Build FROM scratch or distroless, with ENTRYPOINT in exec form. imgscan harden says what needs the shell.",
    ),
    "base-pinned": Rationale(
        "A tag is moved: the next build may have another base, and nobody can say which one this image has.",
        "FROM name:tag@sha256:..., updated by a bot that shows the change.",
    ),
    "no-build-leftovers": Rationale(
        "Compilers, caches and sources make the image large, and give tools and knowledge to whoever gets in.",
        "A build in stages: COPY --from=build what the program needs.",
    ),
    "no-secrets": Rationale("As 4.10: who has the image has the secret.", "As 4.10: revoke it, then build without it."),
    "no-writable-directories": Rationale(
        "Who can write where programs, jobs or libraries are taken from decides what runs, often as root.",
        "RUN chmod go-w DIRECTORY, chown root; mount what must be written.",
    ),
    "file-integrity": Rationale(
        "A program that differs from its package was patched by somebody: for a reason, or for an attack.",
        "Reinstall the package; build changes as a package of your own.",
    ),
    "archive-integrity": Rationale(
        "A blob that is not what its digest promises was damaged or replaced on its way.",
        "Export or pull the image again, and compare the digest with the publisher's.",
    ),
}
"""By the number in edition 1.6.0, or the checklist's word."""
