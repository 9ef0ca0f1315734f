"""The error tree: positions, messages, pickling."""

from __future__ import annotations

import pickle

import pytest

from imgscan.errors import (
    ArchiveError,
    DecompressionError,
    ImgscanError,
    InputError,
    LimitError,
    ManifestError,
    Position,
    SelectionError,
    TarHeaderError,
    TruncatedError,
    UsageError,
)


def test_an_error_reads_position_first() -> None:
    error = TarHeaderError("not octal", Position(source="image.tar", diff_id="sha256:ab", path="a\x1b", offset=512))

    assert str(error) == "image.tar, sha256:ab, a\\x1b, offset 512: not octal"
    assert error.message == "not octal"


def test_an_error_without_a_position_is_its_message() -> None:
    assert str(ArchiveError("an empty file")) == "an empty file"


def test_offset_0_is_a_place() -> None:
    assert str(LimitError("too long", Position(offset=0))) == "offset 0: too long"


def test_an_outer_stage_adds_what_it_alone_knows() -> None:
    error = TarHeaderError("bad", Position(offset=5)).within("image.tar", "sha256:ab").within("other", "other")

    assert type(error) is TarHeaderError
    assert error.position == Position("image.tar", "sha256:ab", None, 5)


@pytest.mark.parametrize(
    "kind", [ArchiveError, ManifestError, DecompressionError, TarHeaderError, TruncatedError, LimitError]
)
def test_an_error_survives_pickling_whole(kind: type[InputError]) -> None:
    error = pickle.loads(pickle.dumps(kind("bad", Position("a", "b", "c", 4))))

    assert type(error) is kind
    assert (error.message, error.position) == ("bad", Position("a", "b", "c", 4))
    assert isinstance(error, InputError)
    assert isinstance(error, ImgscanError)


def test_the_callers_errors_are_no_input_errors() -> None:
    assert issubclass(SelectionError, UsageError)
    assert not issubclass(UsageError, InputError)
