"""Counts in sentences: a number with its noun in the singular or the plural."""


def counted(number: int, noun: str, plural: str | None = None) -> str:
    """The number and its noun: `1 row`, `1,200 rows`; `plural` is for nouns that do not only add an s."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
