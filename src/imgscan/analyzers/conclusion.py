"""What analyzers conclude on one image: one that raises becomes a problem, the others and what it said so far stay."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from imgscan.analyzers.api import Analyzer, Redactor
from imgscan.analyzers.gathering import Gathering
from imgscan.analyzers.windows import is_of_windows
from imgscan.errors import AnalyzerError, LimitError
from imgscan.formats.secret_values import hidden_at, named_values
from imgscan.model.deadline import Deadline
from imgscan.model.finding import Finding, Item, checked
from imgscan.model.hidden import Hidden
from imgscan.model.image import ImageConfig
from imgscan.model.ledger import Gap
from imgscan.model.limits import Limits
from imgscan.model.problem import Level, Problem
from imgscan.model.timing import AnalyzerClock
from imgscan.rootfs.view import ImageView

Inventory = dict[str, tuple[dict[str, object], ...]]


class Conclusion(msgspec.Struct, frozen=True, kw_only=True):
    """Findings, inventory by section, what is not known, what went wrong.

    ``hidden`` are texts that no report may show.
    """

    findings: tuple[Finding, ...]
    inventory: Inventory
    gaps: tuple[Gap, ...]
    problems: tuple[Problem, ...]
    hidden: tuple[str | Hidden, ...]


def conclude_all(
    view: ImageView,
    analyzers: Sequence[Analyzer],
    limits: Limits | None = None,
    redactors: Sequence[Redactor] = (),
    deadline: Deadline | None = None,
    clock: AnalyzerClock | None = None,
    concluded: Callable[[int], None] = lambda done: None,
) -> Conclusion:
    """Let each analyzer conclude, in order; what goes beyond the ``limits`` of a report is counted in a problem.

    ``redactors`` only say what to hide, as those among the analyzers do. After the ``deadline`` nobody concludes.
    ``clock`` takes the time of each; ``concluded`` is called with how many are done.
    """
    deadline = deadline or Deadline(None)
    gathering = Gathering(limits or Limits())
    problems: list[Problem] = []
    gaps: list[Gap] = []
    windows = view.config.is_windows
    for number, analyzer in enumerate(analyzers, 1):
        begun = time.thread_time()
        try:
            with view.watched(deadline.often()):
                for result in _until(deadline, analyzer.conclude(view)):
                    if isinstance(result, Gap):
                        gaps.append(result)
                    elif not (windows and is_of_windows(analyzer.id, result)):
                        gathering.add(result, analyzer.id)
        except Exception as error:  # noqa: BLE001 (foreign code: one analyzer's fault must not end the scan)
            late = isinstance(error, LimitError) and deadline.is_over()
            raised = _raised(analyzer.id, error, "concluding; its findings are not whole")
            problems.append(_late(analyzer.id) if late else raised)
        if clock is not None:
            clock.add(analyzer.id, begun)
        concluded(number)
    hidden, faults = _redactions(view, [*redactors, *(item for item in analyzers if isinstance(item, Redactor))])
    return Conclusion(
        findings=tuple(gathering.findings),
        inventory={section: tuple(items) for section, items in gathering.inventory.items()},
        gaps=tuple(gaps),
        problems=(*problems, *faults, *gathering.problems()),
        hidden=hidden,
    )


def _until(deadline: Deadline, results: Iterable[Finding | Item | Gap]) -> Iterator[Finding | Item | Gap]:
    """Yield what comes until the deadline; who asks the view a lot before the first of it is ended by that.

    Raises:
        LimitError: the time is over.
    """
    deadline.check()
    for result in results:
        deadline.check()
        yield checked(result)


def _redactions(view: ImageView, redactors: Sequence[Redactor]) -> tuple[tuple[str | Hidden, ...], list[Problem]]:
    """Return what redactors say must not be shown; where one cannot say, all texts of config and history go."""
    values: list[str | Hidden] = [
        item
        for text in _texts(view.config)
        for start, stop in named_values(text)
        for item in hidden_at(text, start, stop)
    ]
    problems: list[Problem] = []
    for analyzer in redactors:
        try:
            values += analyzer.redactions(view)
        except Exception as error:  # noqa: BLE001 (foreign code: one analyzer's fault must not end the scan)
            problems.append(_raised(analyzer.id, error, "redacting; texts are left out"))
            values += _texts(view.config)
    return tuple(values), problems


def _raised(name: str, error: Exception, doing: str) -> Problem:
    # For the analyzer's author alone: a message may quote what no report shows, and a library prints nothing.
    logging.getLogger("imgscan").debug("the analyzer %s raised while %s", name, doing, exc_info=error)
    text = f"the analyzer {name} raised {type(error).__name__} while {doing}"
    if isinstance(error, AnalyzerError):
        text = str(error)
    return Problem(level=Level.ERROR, stage="analyzer", code="analyzer", message=text, rules=(f"{name}.*",))


def _late(name: str) -> Problem:
    text = f"the time that the scan may take (timeout) was over before the analyzer {name} had concluded"
    return Problem(level=Level.ERROR, stage="analyzer", code="limit", message=text, rules=(f"{name}.*",))


def _texts(config: ImageConfig) -> list[str]:
    """Return all texts of config and history that the report may show."""
    labels = [text for key, value in config.labels.items() for text in (f"{key}={value}", value)]
    history = [text for item in config.history for text in (item.created_by, item.comment)]
    return [*history, *config.env, *labels, *(config.entrypoint or ()), *(config.cmd or ())]
