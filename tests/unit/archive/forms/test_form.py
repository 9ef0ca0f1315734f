from __future__ import annotations

from imgscan.archive.forms.table import FORMS


def test_every_form_of_the_table_can_bid_and_read() -> None:
    assert all(callable(form.bid) and callable(form.read) for form in FORMS)
    assert len({type(form) for form in FORMS}) == len(FORMS)
