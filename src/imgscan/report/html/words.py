"""The small parts that all sections write: numbers, sizes, shortened texts, badges, tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain, repeat

from imgscan.report.html.markup import Content, Markup, element, fragment
from imgscan.wording import human_bytes

ELSEWHERE = "the JSON report has all of it"


def number(count: int) -> str:
    """Return a count as people read it: ``107,505``."""
    return f"{count:,}"


def size(count: int) -> Markup:
    """Return a number of bytes in a unit, the exact number as its title."""
    return element("span", human_bytes(count), class_="size", title=f"{count:,} bytes")


def share(part: int, whole: int) -> str:
    """Return a part of a whole in percent, ``<0.1 %`` for what would round to nothing."""
    if not whole or not part:
        return "0 %"
    percent = 100 * part / whole
    return f"{percent:.1f} %" if percent >= 0.1 else "<0.1 %"


def shortened(text: str, limit: int) -> str:
    """Return a text, of a longer one its beginning and how long it is."""
    return text if len(text) <= limit else f"{text[:limit]}\u2026 ({len(text):,} characters)"


def code(text: object, limit: int = 300) -> Markup:
    """Return a text of the image (path, name, command) as code: left to right, bounded."""
    return element("code", shortened(str(text), limit))


def prose(text: object, limit: int = 600) -> Markup:
    """Return a sentence that may quote the image, its direction kept to itself."""
    return element("bdi", shortened(str(text), limit))


_COMMANDS = tuple(
    f"{word} " for word in "RUN USER HEALTHCHECK COPY FROM ENV EXPOSE ADD LABEL VOLUME docker cosign # export".split()
)


def is_command(text: str) -> bool:
    """Whether a remedy is an instruction or a command, not a sentence."""
    return text.startswith(_COMMANDS) or "\n" in text


def remedy(text: str, limit: int = 2000) -> Markup:
    """Return a remedy: commands as a block to be copied, a sentence as one."""
    return element("pre", element("code", shortened(text, limit))) if is_command(text) else prose(text, limit)


def badge(kind: str, text: str) -> Markup:
    """Return a word in a coloured field; ``kind`` is a class of the style sheet."""
    return element("span", text, class_=f"badge {kind}")


def remainder(count: int, what: str = "") -> Markup | None:
    """Return the line that says how much is left out; None for nothing."""
    if count <= 0:
        return None
    return element("p", f"and {count:,} more{' ' + what if what else ''}; {ELSEWHERE}", class_="more")


def pairs(rows: Iterable[tuple[str, Content]], kind: str = "facts") -> Markup:
    """Return names with their values; a row without a value is left out."""
    shown = (
        element("div", element("dt", name), element("dd", value)) for name, value in rows if value not in (None, "")
    )
    return element("dl", shown, class_=kind)


def table(
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Content]],
    numeric: Sequence[str] = (),
    data: Iterable[Mapping[str, str]] = (),
) -> Markup:
    """Return a table that scrolls on its own where it is too wide; the first cell of a row is its header.

    ``data`` are attributes of each row for the page's script.
    """
    head = element("tr", (element("th", name, scope="col", class_=_cell_class(name, numeric)) for name in columns))
    body = (
        element(
            "tr",
            element("th", row[0], scope="row"),
            (
                element("td", cell, class_=_cell_class(name, numeric))
                for name, cell in zip(columns[1:], row[1:], strict=True)
            ),
            **marks,
        )
        for row, marks in zip(rows, chain(data, repeat({})), strict=False)
    )
    inner = element("table", element("caption", caption), element("thead", head), element("tbody", body))
    return element("div", inner, class_="scroll", tabindex="0", role="region", aria_label=caption)


def _cell_class(name: str, numeric: Sequence[str]) -> str | None:
    return "num" if name in numeric else None


def folded(
    summary: Content, *content: Content, open_: bool = False, kind: str | None = None, printed: bool = True
) -> Markup:
    """Return what is unfolded on demand, without script too, and on paper if it is to be ``printed``."""
    return element("details", element("summary", summary), *content, class_=kind, open=open_, data_printed=printed)


def joined(parts: Iterable[Content], between: str = " \u00b7 ") -> Markup:
    """Return parts with a sign between them."""
    result: list[Content] = []
    for part in parts:
        if part is not None and part != "":
            result += [between, part] if result else [part]
    return fragment(*result)
