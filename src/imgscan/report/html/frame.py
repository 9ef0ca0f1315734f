"""What every page is made of: one file that needs nothing else, whose policy lets a browser load and run nothing else.

Style and script are allowed by their digests alone, so that a script which a text of the image might bring in would
not run even if it got past the escaping; sizes are SVG attributes because styles of elements are not allowed either.
"""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files

from imgscan.report.html.markup import Content, Markup, element, verbatim


def page_of(
    *, title: str, generator: str, header: Markup, content: Content, footer: Markup, script: str | None = None
) -> str:
    """Return a page; without ``script`` none may run at all."""
    sheet = asset("report.css")
    scripts = f"'{_digest(script)}'" if script is not None else "'none'"
    policy = (
        f"default-src 'none'; style-src '{_digest(sheet)}'; script-src {scripts}; base-uri 'none'; form-action 'none'"
    )
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("meta", name="generator", content=generator),
        element("title", title),
        element("style", verbatim(sheet)),
    )
    body = element(
        "body",
        element("a", "Skip to the report", href="#report", class_="skip"),
        header,
        element("div", content, class_="page"),
        footer,
        element("script", verbatim(script)) if script is not None else None,
    )
    return "<!DOCTYPE html>\n" + element("html", head, "\n", body, lang="en") + "\n"


def main(content: Content) -> Markup:
    """Return the part of the page that is no frame."""
    return element("main", content, id="report", tabindex="-1")


def navigation(links: list[tuple[str, str]]) -> Markup:
    """Return links to places of the page, each an id with its words."""
    items = (element("li", element("a", text, href="#" + anchor)) for anchor, text in links)
    return element("nav", element("ul", items), aria_label="Contents")


def made_by(name: str, version: str, rules_digest: str | None) -> Markup:
    """Return the foot of the page: what made it, and of what."""
    rules = f" (secret rules {rules_digest[:19]})" if rules_digest else ""
    text = f"Made by {name} {version}{rules} from the image archive alone: no network, no running container."
    return element("footer", element("p", text))


@cache
def asset(name: str) -> str:
    """Return the style sheet or the script of the page."""
    return files("imgscan.report.html").joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """Return a source expression for exactly this text (CSP Level 3, "hash-source")."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
