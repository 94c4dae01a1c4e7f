"""What every sentence for people must be, whatever it was said about."""

from workers.core.errors import RegcleanError


def check(error: RegcleanError) -> None:
    """Fail unless the error is one short line that a person can read."""
    check_text(error.sentence)


def check_text(sentence: str) -> None:
    assert sentence.isprintable(), sentence
    assert sentence[0] == sentence[0].upper(), sentence
    assert sentence[-1] in ".?", sentence
    assert len(sentence) <= 300, sentence
