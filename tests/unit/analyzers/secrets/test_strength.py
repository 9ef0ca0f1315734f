"""How much a text looks made by chance."""

from __future__ import annotations

import pytest

from imgscan.analyzers.secrets.strength import character_classes, entropy, is_made_up, is_spelled, surprise


@pytest.mark.parametrize("run", ["aaaaaa", "abcdef", "987654"])
@pytest.mark.parametrize("ahead", range(12))
def test_a_run_is_told_wherever_it_stands(run: str, ahead: int) -> None:
    other = "q7Wz2Kp9Xv4L"

    assert is_made_up(other[:ahead] + run + other[:3])
    assert not is_made_up(other[:ahead] + run[:-1] + other[:3])


def test_the_length_of_a_run_can_be_asked_for() -> None:
    assert is_made_up("x1234y", 4)
    assert not is_made_up("x1234y", 5)
    assert not is_made_up("", 4)


def test_words_surprise_less_than_letters_by_chance() -> None:
    assert surprise("database_connection") < 4.0 < 5.0 < surprise("xqzvjkwfbp")
    assert surprise("DATABASE_connection9") == surprise("databaseconnection")
    assert surprise("7") == surprise("a1") == 0.0


def test_kinds_of_characters_and_entropy() -> None:
    assert [character_classes(text) for text in ("", "ab", "aB", "aB1", "aB1!", "\u00e9\u00c9")] == [0, 1, 2, 3, 4, 2]
    assert (entropy(b""), entropy(b"aaaa"), entropy(b"abab")) == (0.0, 0.0, 1.0)


@pytest.mark.parametrize(
    "text", ["Passw0rd", "SuperS3cret!", "Password12345", "#S1ncerely", "correcthorse99", "QazWsx13$Edc"]
)
def test_words_are_told_though_digits_and_marks_stand_for_letters(text: str) -> None:
    assert is_spelled(text)


@pytest.mark.parametrize("text", ["xQ7vKz2pWj", "k9Xw!72bqZ", "1234-5678", "", "Tz4Gq"])
def test_letters_by_chance_spell_nothing(text: str) -> None:
    assert not is_spelled(text)
