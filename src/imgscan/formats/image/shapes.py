"""What runtimes decode an image's documents into: the Go structs of image-spec 1.1 and of Docker, as far as used here.

Sources: opencontainers/image-spec specs-go/v1 (index.go, manifest.go, descriptor.go, config.go, layout.go); moby
image/image.go, image/v1/imagev1.go, api/types/container/config.go, image/tarexport/tarexport.go.
"""

from __future__ import annotations

from imgscan.formats.image.gojson import Either, Flag, Map, Number, Shape, Slice, Struct, Text, TextOrTexts

_TEXT, _NUMBER, _FLAG = Text(), Number(), Flag()
_TEXTS = Slice(_TEXT)
_TEXT_MAP = Map(_TEXT)
_NAMES = Map(Struct({}))
"""map[string]struct{}: ports and volumes."""

_PLATFORM: dict[str, Shape] = {
    "architecture": _TEXT,
    "os": _TEXT,
    "os.version": _TEXT,
    "os.features": _TEXTS,
    "variant": _TEXT,
}

_DESCRIPTOR_FIELDS: dict[str, Shape] = {
    "mediaType": _TEXT,
    "digest": _TEXT,
    "size": _NUMBER,
    "urls": _TEXTS,
    "annotations": _TEXT_MAP,
    "data": _TEXT,
    "platform": Struct(_PLATFORM, pointer=True),
    "artifactType": _TEXT,
}
_DESCRIPTOR = Struct(_DESCRIPTOR_FIELDS)

OCI_DOCUMENT = Struct(
    {
        "schemaVersion": _NUMBER,
        "mediaType": _TEXT,
        "artifactType": _TEXT,
        "manifests": Slice(_DESCRIPTOR),
        "config": _DESCRIPTOR,
        "layers": Slice(_DESCRIPTOR),
        "subject": Struct(_DESCRIPTOR_FIELDS, pointer=True),
        "annotations": _TEXT_MAP,
    }
)
"""An index or a manifest: which of them is seen by what it has."""

LAYOUT_FILE = Struct({"imageLayoutVersion": _TEXT})

MANIFEST_JSON = Either(
    Slice(
        Struct(
            {
                "Config": _TEXT,
                "RepoTags": _TEXTS,
                "Layers": _TEXTS,
                "Parent": _TEXT,
                "LayerSources": Map(_DESCRIPTOR),
            }
        )
    ),
    OCI_DOCUMENT,
)
"""``manifest.json``: a list of docker-archive's images, or the manifest of skopeo's ``dir:``."""

REPOSITORIES_FILE = Map(_TEXT_MAP)

_HEALTHCHECK = Struct(
    {
        "Test": _TEXTS,
        "Interval": _NUMBER,
        "Timeout": _NUMBER,
        "StartPeriod": _NUMBER,
        "StartInterval": _NUMBER,
        "Retries": _NUMBER,
    },
    pointer=True,
)

_SETTINGS = Struct(
    {
        "Hostname": _TEXT,
        "Domainname": _TEXT,
        "User": _TEXT,
        "AttachStdin": _FLAG,
        "AttachStdout": _FLAG,
        "AttachStderr": _FLAG,
        "ExposedPorts": _NAMES,
        "Tty": _FLAG,
        "OpenStdin": _FLAG,
        "StdinOnce": _FLAG,
        "Env": _TEXTS,
        "Cmd": TextOrTexts(),
        "Healthcheck": _HEALTHCHECK,
        "ArgsEscaped": _FLAG,
        "Image": _TEXT,
        "Volumes": _NAMES,
        "WorkingDir": _TEXT,
        "Entrypoint": TextOrTexts(),
        "NetworkDisabled": _FLAG,
        "MacAddress": _TEXT,
        "OnBuild": _TEXTS,
        "Labels": _TEXT_MAP,
        "StopSignal": _TEXT,
        "StopTimeout": _NUMBER,
        "Shell": TextOrTexts(),
    },
    others=True,
)

CONFIG = Struct(
    {
        **_PLATFORM,
        "created": _TEXT,
        "author": _TEXT,
        "config": _SETTINGS,
        "rootfs": Struct({"type": _TEXT, "diff_ids": _TEXTS}),
        "history": Slice(
            Struct(
                {
                    "created": _TEXT,
                    "created_by": _TEXT,
                    "author": _TEXT,
                    "comment": _TEXT,
                    "empty_layer": _FLAG,
                }
            )
        ),
        # Docker's alone.
        "id": _TEXT,
        "parent": _TEXT,
        "comment": _TEXT,
        "container": _TEXT,
        "container_config": _SETTINGS,
        "docker_version": _TEXT,
        "Size": _NUMBER,
    }
)
"""An image's config, and the ``json`` of one layer in the older layout."""
