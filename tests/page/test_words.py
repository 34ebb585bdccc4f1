"""The glossary's words on the page: each with its meaning as its title, and nothing else changed."""

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from agents.negotiation import Negotiation
from experiments.page.hegemon_figure import draw_hegemon
from experiments.page.outcome_table import outcome_table
from experiments.page.story import read_story
from experiments.page.words import explained, meaning_of_setting
from model.glossary import GLOSSARY, meaning_of
from tests.tools.served_page import plain


def titles(html: str) -> dict[str, str]:
    return {word: unescape(title) for title, word in re.findall(r'<abbr title="([^"]*)">([^<]*)</abbr>', html)}


@given(st.lists(st.sampled_from([*(entry.word for entry in GLOSSARY), "package", "<b>", "&", "42"]), max_size=12))
def test_the_text_stays_what_it_is(words: list[str]) -> None:
    text = " ".join(words)
    assert plain(explained(text)) == text


def test_each_word_once_and_the_longest_that_fits() -> None:
    html = explained("a share of stakes, and stakes, and stakes of a firm; a fullness and a lean package")
    expected = {"share of stakes": "share of stakes", "stakes": "stakes", "firm": "firm", "lean package": "lean"}
    assert titles(html) == {shown: meaning_of(word) for shown, word in expected.items()}
    assert html.count("<abbr") == 4


def test_panels_explain_what_they_say() -> None:
    model = Negotiation(case="six", seed=246)
    while model.running:
        model.step()
    shown = titles(draw_hegemon(read_story(model))) | titles(outcome_table(model, ""))
    assert {"harsh", "mild", "firm", "soft", "rank", "stakes", "lean", "full"} <= set(shown)
    assert all(shown[word] == meaning_of(word) for word in shown)


def test_settings_have_the_glossary_s_meaning() -> None:
    assert meaning_of_setting("headline_value") == meaning_of("headline value")
    assert meaning_of_setting("baseline_rate") == ""
