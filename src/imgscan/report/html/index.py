"""The format ``index``: a page with the table of all images alone, without any script."""

from __future__ import annotations

from collections.abc import Sequence

from imgscan.report.document import Report
from imgscan.report.html.frame import made_by, main, page_of
from imgscan.report.html.images import images
from imgscan.report.html.markup import Content, Markup, element
from imgscan.report.html.words import number
from imgscan.report.summary import Summary, summary_of
from imgscan.report.writers import Style
from imgscan.version import __version__


def write(reports: Sequence[Report], style: Style) -> bytes:
    """Return the format ``index``: of one page for each image it names none, since the reports are not its files."""
    return index_page(summary_of(reports, style.unread), rules_digest=reports[0].tool.rules_digest)


def index_page(
    summary: Summary,
    links: Sequence[str | None] = (),
    sections: Sequence[Markup] = (),
    rules_digest: str | None = None,
) -> bytes:
    """Return the page; ``links`` as ``images`` takes them, ``sections`` are what follows the table."""
    count = len(summary.images)
    title = f"{number(count)} {'image' if count == 1 else 'images'}"
    content: Content = [images(summary, links), *sections]
    page = page_of(
        title=f"{title}: image reports",
        generator=f"imgscan {__version__}",
        header=element(
            "header", element("p", "Container image reports", class_="eyebrow"), element("h1", element("bdi", title))
        ),
        content=element("div", main(content), class_="wide"),
        footer=made_by("imgscan", __version__, rules_digest),
    )
    return page.encode("utf-8", "backslashreplace")
