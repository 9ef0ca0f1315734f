"""What several layers may use up together."""

from __future__ import annotations

from threading import Lock


class ExpansionBudget:
    """Bytes that the streams of one scan may have beyond the ratio, in common: a thousand small bombs are one."""

    def __init__(self, limit: int) -> None:
        self.drawn = 0
        self._limit = limit
        self._lock = Lock()

    def take(self, count: int) -> bool:
        """Whether so many more bytes may be; from any thread."""
        with self._lock:
            self.drawn += count
            return self.drawn <= self._limit


class ExpansionShare(ExpansionBudget):
    """What one stream draws of a budget that it shares."""

    def __init__(self, budget: ExpansionBudget) -> None:
        super().__init__(0)
        self._budget = budget

    def take(self, count: int) -> bool:
        """As that of the budget."""
        self.drawn += count
        return self._budget.take(count)
