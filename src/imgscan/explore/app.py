"""The explorer on a terminal. Textual is wrapped here.

Nothing of the image reaches Textual but by ``printable`` and as ``Text``, which takes no markup.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import ClassVar

from msgspec.structs import replace
from rich.text import Text
from textual import work
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import DataTable, Footer, Input, Static

from imgscan.explore.masked import masked
from imgscan.explore.selection import Filters, Selection
from imgscan.explore.snapshot import FileRow, Snapshot
from imgscan.model.entry import EntryKind
from imgscan.printable import printable
from imgscan.wording import counted, human_bytes

MAX_ROWS = 5_000
_SIGNS = {"added": "+", "changed": "~", "removed": "-"}

Read = Callable[[FileRow], bytes]
"""Gives the beginning of a content; raises OSError with what people are told where it cannot."""


class Explorer(App[None]):
    """Layers on the left, what they did in the middle, what is to be said of a file on the right."""

    TITLE = "imgscan explore"
    CSS = """
    #layers { width: 28; }
    #files { width: 1fr; }
    #right { width: 40%; border-left: solid $panel; padding: 0 1; }
    #heading, #filters { height: 1; padding: 0 1; }
    #search { display: none; }
    #search.shown { display: block; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        ("q", "quit", "Quit"),
        ("u", "toggle_filter('suid')", "SUID"),
        ("s", "toggle_filter('secrets')", "Secrets"),
        ("f", "toggle_filter('findings')", "Findings"),
        ("w", "toggle_filter('wasted')", "Wasted"),
        ("slash", "search", "Search"),
        ("escape", "clear", "All files"),
    ]
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, snapshot: Snapshot, read: Read) -> None:
        super().__init__()
        self._selection = Selection(snapshot)
        self._read = read
        self.filters = Filters()
        self.rows: list[FileRow] = []

    def compose(self) -> ComposeResult:
        """Lay out the parts."""
        yield Static(Text(self._selection.heading()), id="heading")
        yield Static(id="filters")
        yield Input(placeholder="part of a path", id="search")
        with Horizontal():
            yield DataTable(id="layers", cursor_type="row")
            yield DataTable(id="files", cursor_type="row")
            with Vertical(id="right"), VerticalScroll():
                yield Static(id="about")
                yield Static(id="content")
        yield Footer()

    def on_mount(self) -> None:
        """Fill the tables."""
        layers = self.query_one("#layers", DataTable)
        layers.add_columns("layer", "size", "by")
        layers.add_row(Text("all"), Text(""), Text("what a container sees"), key="all")
        for layer in self._selection.snapshot.layers:
            words = Text(printable(layer.created_by)[:200])
            layers.add_row(Text(str(layer.index)), Text(human_bytes(layer.size)), words, key=str(layer.index))
        self.query_one("#files", DataTable).add_columns("", "mode", "size", "path")
        self.show_rows()
        self.query_one("#files", DataTable).focus()

    def show_rows(self) -> None:
        """Show what the filters take."""
        taken = list(self._selection.rows(self.filters))
        self.rows = list(islice(taken, MAX_ROWS))
        table = self.query_one("#files", DataTable)
        table.clear()
        for number, row in enumerate(self.rows):
            name = f"/{printable(row.path)}" + ("/" if row.kind == EntryKind.DIRECTORY else "")
            sign = _SIGNS.get(row.action, "") if self.filters.layer is not None or not row.visible else ""
            size = human_bytes(row.size) if row.kind == EntryKind.FILE else "-"
            table.add_row(Text(sign), Text(f"{row.mode:04o}"), Text(size), Text(name), key=str(number))
        where = "merged" if self.filters.layer is None else f"layer {self.filters.layer}"
        left = f", the first {MAX_ROWS} shown" if len(taken) > MAX_ROWS else ""
        line = f"{where}, {self.filters.words()}: {counted(len(taken), 'entry')}{left}"
        self.query_one("#filters", Static).update(Text(line))
        if not self.rows:
            self.query_one("#about", Static).update(Text("nothing here"))
            self.query_one("#content", Static).update(Text(""))

    def on_data_table_row_highlighted(self, event: DataTable.RowHighlighted) -> None:
        """Follow the cursor: a layer's files, or what is to be said of a file."""
        key = event.row_key.value if event.row_key is not None else None
        if key is None:
            return
        if event.data_table.id == "layers":
            layer = None if key == "all" else int(key)
            if layer != self.filters.layer:
                self.filters = replace(self.filters, layer=layer)
                self.show_rows()
        elif int(key) < len(self.rows):
            self._show(self.rows[int(key)])

    def _show(self, row: FileRow) -> None:
        self.query_one("#about", Static).update(Text(self._selection.about(row)))
        file = row.kind in (EntryKind.FILE, EntryKind.HARDLINK)
        self.query_one("#content", Static).update(Text("\nEnter shows the content" if file else ""))

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Read the content of the file under the cursor."""
        key = event.row_key.value if event.row_key is not None else None
        if event.data_table.id == "files" and key is not None and int(key) < len(self.rows):
            row = self.rows[int(key)]
            if row.kind in (EntryKind.FILE, EntryKind.HARDLINK):
                self.query_one("#content", Static).update(Text("\nreading ..."))
                self.preview(row)

    @work(thread=True, exclusive=True)
    def preview(self, row: FileRow) -> None:
        """Read a content beside the display, and show it with its secrets masked."""
        try:
            text = masked(self._read(row), self._selection.spans(row))
        except OSError as error:
            text = printable(str(error))
        self.call_from_thread(self.query_one("#content", Static).update, Text(f"\n{text}"))

    def action_toggle_filter(self, name: str) -> None:
        """Switch one filter."""
        self.filters = replace(self.filters, **{name: not getattr(self.filters, name)})
        self.show_rows()

    def action_search(self) -> None:
        """Ask for a part of a path."""
        search = self.query_one("#search", Input)
        search.add_class("shown")
        search.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the part of a path."""
        event.input.remove_class("shown")
        self.filters = replace(self.filters, text=event.value)
        self.show_rows()
        self.query_one("#files", DataTable).focus()

    def action_clear(self) -> None:
        """Take all filters back, but the layer's."""
        self.query_one("#search", Input).remove_class("shown")
        self.filters = Filters(layer=self.filters.layer)
        self.show_rows()
        self.query_one("#files", DataTable).focus()
