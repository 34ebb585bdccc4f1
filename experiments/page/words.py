"""The words of the glossary, explained where they stand on the page: a text appears over a word that is pointed at."""

import re
from html import escape

from model.glossary import GLOSSARY

MEANINGS = {entry.word: entry.meaning for entry in GLOSSARY}
PACKAGES = {"lean", "full"}  # words of the model before "package" only
# Longer words first: "share of stakes" holds "stakes".
WORDS = re.compile(
    r"\b("
    + "|".join(word + (" package" if word in PACKAGES else "") for word in sorted(MEANINGS, key=len, reverse=True))
    + r")\b"
)


def explained(text: str) -> str:
    """A text as HTML, the first occurrence of each word of the glossary with its meaning as its title."""
    seen: set[str] = set()

    def mark(found: re.Match[str]) -> str:
        word = found[0]
        if word in seen:
            return word
        seen.add(word)
        return titled(word)

    return WORDS.sub(mark, escape(text))


def titled(word: str) -> str:
    """A word of the glossary (or "lean package", "full package") with its meaning as its title."""
    return f'<abbr title="{escape(MEANINGS[word.removesuffix(" package")])}">{word}</abbr>'


def meaning_of_setting(name: str) -> str:
    """What the glossary says of a setting's name, where it does."""
    return MEANINGS.get(name.replace("_", " "), "")
