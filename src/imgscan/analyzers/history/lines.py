"""History lines parsed and laid on layers, for every analyzer that asks what an instruction was."""

from __future__ import annotations

import msgspec

from imgscan.formats.image.history import Instruction, parse_history
from imgscan.model.image import HistoryItem
from imgscan.rootfs.view import ImageView
from imgscan.shell.script import Command, parse_script

ANALYZER = "history"
MAX_LINES = 2000
"""How many lines of a history are read."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A history line: its number from 0, what it says, and its layer's index.

    ``layer`` is None for a line that made none, and for all lines where history and layers do not match in number.
    """

    number: int
    item: HistoryItem
    said: Instruction
    layer: int | None

    def commands(self) -> tuple[Command, ...]:
        """Return the commands of a RUN, and of a line of no known form; empty for other instructions."""
        return parse_script(self.said.arguments) if self.said.instruction in ("RUN", "") else ()


def history_lines(view: ImageView) -> tuple[Line, ...]:
    """Return the lines of the history, oldest first; call it through ``view.derived``."""
    history = view.config.history[:MAX_LINES]
    matches = layers_match(view)
    result = []
    layer = 0
    for number, item in enumerate(history):
        made = matches and not item.empty_layer
        said = parse_history(item.created_by, item.comment, item.author)
        result.append(Line(number=number, item=item, said=said, layer=layer if made else None))
        layer += made
    return tuple(result)


def layers_match(view: ImageView) -> bool:
    """Whether as many lines made a layer as there are layers: only then is it known which made which."""
    made = sum(not item.empty_layer for item in view.config.history)
    return bool(made) and made == len(view.points)
