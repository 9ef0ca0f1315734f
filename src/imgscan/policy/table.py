"""One table of a TOML document, read key by key: each fault names the file, the key and what was expected."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from difflib import get_close_matches

from imgscan.errors import UsageError
from imgscan.formats.toml import parse_toml
from imgscan.model.finding import Severity
from imgscan.printable import printable


def table_of(text: str, source: str) -> Table:
    """Return the document's root table.

    Raises:
        UsageError: it is not TOML; no other exception, whatever the text.
    """
    try:
        return Table(parse_toml(text), source)
    except ValueError as error:  # a number of 5,000 digits, ten thousand brackets
        raise UsageError(f"{source}: not TOML ({printable(str(error))})") from None


class Table:
    """A table of the file ``source``; ``location`` is its dotted name with a dot behind it, empty for the root."""

    def __init__(self, values: dict[str, object], source: str, location: str = "") -> None:
        self._values = values
        self.source = source
        self._place = location

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def only(self, known: Iterable[str]) -> None:
        """Refuse keys that are not among ``known``, with the nearest one that is.

        Raises:
            UsageError: there is such a key.
        """
        names = sorted(known)
        for key in self._values:
            if key not in names:
                near = get_close_matches(key[:80], names, 1)
                hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names)}"
                raise self.fault(key, f"no such key; {hint}")

    def fault(self, key: str, what: str) -> UsageError:
        """Return the error that says what is wrong with a key."""
        return UsageError(f"{self.source}: {self._place}{printable(key)}: {what}")

    def keys(self) -> list[str]:
        """Return the table's keys in their order."""
        return list(self._values)

    def text(self, key: str) -> str | None:
        """Return a text that is not blank, None where the key is missing."""
        value = self._values.get(key)
        if value is not None and not (isinstance(value, str) and value.strip()):
            raise self.fault(key, "must be a text that is not blank")
        return value

    def needed(self, key: str, why: str) -> str:
        """Return a text that must be there."""
        value = self.text(key)
        if value is None:
            raise self.fault(key, f"is missing: {why}")
        return value

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Return a list of texts, None where the key is missing."""
        value = self._values.get(key)
        if value is None:
            return None
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            raise self.fault(key, "must be a list of texts, none of them blank")
        return tuple(value)

    def number(self, key: str, least: int) -> int | None:
        """Return a whole number from ``least`` on, None where the key is missing."""
        value = self._values.get(key)
        if value is not None and (type(value) is not int or value < least):
            raise self.fault(key, f"must be a whole number from {least} on")
        return value

    def level(self, key: str) -> Severity | None:
        """Return a severity, None where the key is missing."""
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, str) and value.upper() in Severity.__members__:
            return Severity[value.upper()]
        raise self.fault(key, f"must be one of {', '.join(level.name.lower() for level in Severity)}")

    def day(self, key: str) -> str | None:
        """Return an ISO date, written as a date or as a text; None where the key is missing."""
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, date) and not isinstance(value, datetime):
            return value.isoformat()
        # fromisoformat alone would also take 20260131 and 2026-W05-6.
        if isinstance(value, str) and len(value) == len("2026-01-31") and value[4::3] == "--":
            try:
                return date.fromisoformat(value).isoformat()
            except ValueError:
                pass
        raise self.fault(key, "must be a date such as 2026-01-31")

    def table(self, key: str) -> Table | None:
        """Return a table inside this one, None where the key is missing."""
        value = self._values.get(key)
        if value is not None and not isinstance(value, dict):
            raise self.fault(key, "must be a table")
        return None if value is None else Table(value, self.source, f"{self._place}{printable(key)}.")

    def tables(self, key: str) -> Iterator[Table]:
        """Yield the tables of a list (``[[key]]``), none where the key is missing."""
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.fault(key, f"must be tables: [[{printable(key)}]]")
        for number, item in enumerate(value, 1):
            yield Table(item, self.source, f"{self._place}{printable(key)}[{number}].")
