"""Where a section stands on the page: what its ids begin with, how deep its headings are."""

from __future__ import annotations

import msgspec

from imgscan.report.html.markup import Content, Markup, element


class Scope(msgspec.Struct, frozen=True):
    """One image's part of the page.

    ``prefix`` keeps ids of several images apart; ``level`` is the level of a section's heading; ``layers`` how many
    layers have an anchor on the page.
    """

    prefix: str = ""
    level: int = 2
    layers: int = 0

    def id(self, name: str) -> str:
        """Return the id of something on the page; ``name`` is ours or a fingerprint, never a text of the image."""
        return self.prefix + name

    def heading(self, below: int, *content: Content, **attributes: str | None) -> Markup:
        """Return a heading ``below`` levels under a section's own."""
        return element(f"h{min(self.level + below, 6)}", *content, **attributes)

    def section(self, name: str, title: str, *content: Content) -> Markup:
        """Return a section with its heading."""
        label = self.id(f"{name}-title")
        return element(
            "section", self.heading(0, title, id=label), *content, id=self.id(name), aria_labelledby=label, class_=name
        )

    def layer(self, index: object) -> Markup:
        """Return the words for a layer, a link where the page describes it; ``index`` may be whatever a plugin says."""
        text = f"layer {index}"
        if isinstance(index, int) and 0 <= index < self.layers:
            return element("a", text, href="#" + self.id(f"layer-{index}"))
        return element("span", text[:24])
