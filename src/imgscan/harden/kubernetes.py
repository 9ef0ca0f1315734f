"""The run profile for Kubernetes: pod and container securityContext, and the volumes that stay writable.

Source: Kubernetes API v1, PodSecurityContext and SecurityContext; what is set fulfils the Pod Security Standard
"restricted", but for capabilities that the image turns out to need. The sysctl is one of those that it allows.
"""

from __future__ import annotations

from collections.abc import Iterator

from imgscan.harden.plan import Hardening
from imgscan.harden.quoting import comment, yaml_text


def kubernetes(hardening: Hardening) -> str:
    """Return the part of a pod's spec, as YAML."""
    return "\n".join(_lines(hardening)) + "\n"


def _lines(hardening: Hardening) -> Iterator[str]:
    profile = hardening.profile
    yield f"# imgscan harden: how to run {comment(hardening.name)}"
    yield "spec:"
    yield "  automountServiceAccountToken: false"
    yield "  securityContext:"
    yield "    runAsNonRoot: true  # control 4.1"
    yield f"    runAsUser: {profile.uid}"
    yield f"    runAsGroup: {profile.gid}"
    yield f"    fsGroup: {profile.gid}  # what is mounted below belongs to this group"
    yield "    seccompProfile:"
    yield "      type: RuntimeDefault  # control 5.22"
    if profile.lowest_port is not None:
        yield "    sysctls:"
        yield "      - name: net.ipv4.ip_unprivileged_port_start"
        yield f'        value: "{profile.lowest_port}"  # the port needs neither root nor a capability'
    yield "  containers:"
    yield "    - name: app"
    yield f"      image: {yaml_text(hardening.name)}"
    yield "      securityContext:"
    if profile.new_privileges:
        yield f"        allowPrivilegeEscalation: true  # {comment(profile.new_privileges)}"
    else:
        yield "        allowPrivilegeEscalation: false  # control 5.26"
    yield "        privileged: false  # control 5.5"
    yield "        readOnlyRootFilesystem: true  # control 5.13"
    yield "        capabilities:"
    yield '          drop: ["ALL"]  # control 5.4'
    if profile.capabilities:
        yield "          add:"
        for name, why in profile.capabilities:
            yield f"            - {name}  # {comment(why)}"
    yield "      resources:  # controls 5.11 and 5.12; measure what the service needs"
    yield "        requests:"
    yield "          cpu: 100m"
    yield "          memory: 128Mi"
    yield "        limits:"
    yield '          cpu: "1"'
    yield "          memory: 512Mi"
    yield "          ephemeral-storage: 1Gi"
    if profile.mounts:
        yield "      volumeMounts:"
        for number, mount in enumerate(profile.mounts):
            yield f"        - name: writable-{number}  # {comment(mount.why)}"
            yield f"          mountPath: {yaml_text(mount.path)}"
        yield "  volumes:"
        for number, mount in enumerate(profile.mounts):
            yield f"    - name: writable-{number}"
            if mount.volume:
                yield "      emptyDir:  # empty at first: copy what the image has there, or use a claim"
                yield "        sizeLimit: 1Gi"
            else:
                yield "      emptyDir:"
                yield "        sizeLimit: 64Mi"
