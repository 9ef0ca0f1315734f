"""A report all of whose texts are hostile: what an image can put into names, labels, instructions and evidence."""

from __future__ import annotations

from msgspec.structs import replace

from imgscan.model.control import Control, Status
from imgscan.model.entry import EntryKind
from imgscan.model.finding import Finding, LayerPoint, Severity, State, Suppression
from imgscan.model.image import ImageConfig, ImageManifest
from imgscan.model.ledger import Cause, Gap
from imgscan.model.problem import Level, Problem
from imgscan.model.usage import PathUsage
from imgscan.model.vulnerability import Rating, Vulnerabilities, Vulnerability
from imgscan.report.document import Report, ranked
from tests.unit.report.made import EVERYTHING

TEXTS = (
    "<script>document.title='pwned'</script>",
    '"><img src=x onerror="document.title=\'pwned\'">',
    "' onmouseover='alert(1)' autofocus onfocus='document.title=1",
    "javascript:document.title='pwned'",
    "</style></script></title></textarea><svg onload=document.title='pwned'>",
    "--><!-- ]]> <![CDATA[",
    "{{7*7}} ${7*7} <%= 7 %> {% raw %}",
    "\x1b[31mred\x1b[0m\x07\x00",
    "exe.\u202etxt\u2066\u200f\u200b",
    "a\nRUN evil\r\n\tb",
    "caf\udce9",
    "&lt;b&gt; &amp; &#x3c;i&#x3e;",
    "=cmd|' /C calc'!A0",
    "\u05d0\u05d1 \u0627\u0644 Z\u0351\u036b\u0343",
)


def finding(text: str, severity: Severity = Severity.HIGH, **more: object) -> Finding:
    point = LayerPoint(0, text, text)
    return Finding(
        rule=f"{text}.{text}",
        analyzer=text,
        severity=severity,
        message=text,
        path=text,
        layer=point,
        removed_in=point,
        state=State.DELETED,
        evidence={text: text, "list": [text, {text: [text]}], "more": {text: text}},
        remediation=text,
        identity=text,
        suppressed=Suppression(text, text, text),
    )


def hostile(text: str) -> Report:
    """Return a report with ``text`` wherever an image, or a plugin that repeats it, can bring one."""
    layer = replace(EVERYTHING.layers[0], diff_id=text, digest=text, media_type=text, compression=text, created_by=text)
    config = ImageConfig(
        present=True,
        created=text,
        user=text,
        entrypoint=(text,),
        cmd=(text,),
        exposed_ports=(text,),
        labels={text: text},
    )
    item = {"path": text, "names": [text], "layer": text, "package": text, "applets": [text], "size": text, text: text}
    inventory = {
        **dict.fromkeys(("setuid", "capabilities", "shells", "packages", "accounts", "daemons", text), (item,)),
        "config": (
            {"user": {"uid": text}, "volumes": [text], "env": [text], "healthcheck": text, "working_dir": text},
        ),
        "release": ({"name": text, "end_of_life": text, "supported": False},),
        "base": ({"name": text, "layers": 1, "evidence": text},),
        "elf": ({"files": 1, "languages": {text: {"programs": 1, "libraries": 2, "pie": {"yes": 1}}}},),
    }
    plain = finding(text)
    return replace(
        EVERYTHING,
        source=text,
        image=ImageManifest(
            references=(text,), manifest_digest=text, image_id=text, platform=None, config=config, layers=()
        ),
        layers=(layer,),
        inventory=inventory,
        findings=ranked([plain, replace(plain, severity=Severity.LOW, suppressed=None, path=None, known=True)]),
        problems=(
            Problem(level=Level.ERROR, stage=text, code=text, message=text, source=text, path=text, diff_id=text),
        ),
        controls=(
            Control(
                id=text,
                title=text,
                edition=text,
                status=Status.FAIL,
                severity=Severity.HIGH,
                reason=text,
                evidence=(text,),
                remediation=text,
                suppressed=None,
            ),
        ),
        usage=(
            PathUsage(path="", kind=EntryKind.DIRECTORY, size=100, files=2, layer=0, layer_size=100),
            PathUsage(path=text, kind=EntryKind.FILE, size=90, files=1, layer=0, layer_size=90),
        ),
        vulnerabilities=Vulnerabilities(
            tool=text, items=(Vulnerability(text, text, text, Rating.HIGH, text),), image_id=text
        ),
        coverage=replace(
            EVERYTHING.coverage, skipped=(Gap(cause=Cause.LIMIT, what=text, why=text, path=text, rules=(text,)),)
        ),
    )
