"""Reads a page back as a browser would, and holds it to what every page must keep."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser

VOID = {"br", "col", "hr", "input", "link", "meta", "wbr"}
TAGS = set(
    "html head meta title style body header footer nav main article section div p h1 h2 h3 h4 h5 h6 ul ol li dl dt dd "
    "a span strong em code pre bdi details summary table caption thead tbody tr th td form fieldset legend label input "
    "select option button svg rect text script".split()
)
ATTRIBUTES = set(
    "lang charset http-equiv content name id class href hidden role scope tabindex title type value checked "
    "placeholder open aria-label aria-labelledby aria-live aria-hidden data-findings data-filter data-count "
    "data-printed data-severity data-analyzer data-state data-layer x y "
    "data-filter-rows data-noun data-mended data-exploited "
    "width height viewbox preserveaspectratio".split()
)


class Page(HTMLParser):
    """A page taken apart; ``faults`` are what no page may have."""

    def __init__(self, data: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.faults: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.levels: list[int] = []
        self.texts: list[str] = []
        self.raw: dict[str, list[str]] = {"style": [], "script": []}
        self.metas: dict[str, str] = {}
        self.classes: list[str] = []
        self.feed(data.decode("utf-8"))
        self.close()
        self.faults += [f"never closed: {tag}" for tag in self.open]
        ids = Counter(self.ids)
        self.faults += [f"id twice: {name}" for name, count in ids.items() if count > 1]
        self.faults += [f"link to nowhere: {link}" for link in self.links if link[1:] not in ids]
        steps = zip(self.levels, self.levels[1:], strict=False)
        self.faults += [f"heading {low} under {high}" for high, low in steps if low > high + 1]
        if self.levels[:1] != [1] or self.levels.count(1) != 1:
            self.faults.append("not one h1 at the start")

    @property
    def text(self) -> str:
        return "".join(self.texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if tag not in TAGS:
            self.faults.append(f"tag {tag}")
        self.faults += [f"attribute {name} of {tag}" for name in found if name not in ATTRIBUTES]
        if len(found) < len(attrs):
            self.faults.append(f"attribute twice in {tag}")
        if tag == "th" and "scope" not in found:
            self.faults.append("th without scope")
        if (found.get("href") or "#")[0] != "#":
            self.faults.append(f"link {found['href']}")
        if "href" in found:
            self.links.append(found["href"] or "")
        if "id" in found:
            self.ids.append(found["id"] or "")
        if tag == "meta":
            self.metas[found.get("http-equiv") or found.get("name") or "charset"] = found.get("content") or ""
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            self.levels.append(int(tag[1]))
        self.classes += (found.get("class") or "").split()
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"closed out of turn: {tag}")

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in self.raw:
            self.raw[self.open[-1]].append(data)
        else:
            self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.faults.append(f"comment {data[:40]}")

    def handle_pi(self, data: str) -> None:
        self.faults.append(f"instruction {data[:40]}")
