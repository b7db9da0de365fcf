"""Press articles: quotations, and which dates are the day of publication."""

from __future__ import annotations

import pytest

from unsealed.ingest.readers import read
from unsealed.model import Reading

LONG = "The harbour was closed for the whole of that winter, and nobody in the town could say why. " * 3


def article(*paragraphs: str, head: str = "") -> Reading:
    body = "".join(f"<p>{text}</p>" for text in (*paragraphs, LONG))
    outcome = read("article", f"<html><head>{head}</head><body><h1>The harbour</h1>{body}</body></html>".encode())
    assert outcome.reading is not None
    return outcome.reading


@pytest.mark.parametrize(
    ("text", "quote"),
    [
        ("“We never saw the ship,” she said.", "We never saw the ship,"),
        ('He wrote: "The quay was empty [...] by noon."', "The quay was empty [...] by noon."),
        ("« Le port reste fermé » a dit le maire.", "Le port reste fermé"),
        ("„Der Hafen bleibt vorerst zu“, sagte er.", "Der Hafen bleibt vorerst zu"),
        ("長官は「港は閉鎖されたままだ」と述べた。", "港は閉鎖されたままだ"),
    ],
)
def test_quotations(text: str, quote: str) -> None:
    found = article(text, text)
    assert found.all("quote") == [quote]
    field = next(field for field in found.fields if field.name == "quote")
    assert quote in found.units[field.units[0]].text


@pytest.mark.parametrize("text", ["The so-called “quiet harbour plan” failed.", 'An inch is 1" and a foot is 12".'])
def test_terms_and_inches_are_no_quotations(text: str) -> None:
    assert article(text).all("quote") == []


def test_block_quotations_need_no_marks() -> None:
    outcome = read(
        "article", f"<html><body><h1>A</h1><blockquote>Nobody was on the quay.</blockquote><p>{LONG}</p>".encode()
    )
    assert outcome.reading is not None and outcome.reading.all("quote") == ["Nobody was on the quay."]


def test_cited_documents_stand_beside_quotations() -> None:
    found = article("As cable 09STATE80163 put it, “the harbour stays closed for now”.")
    assert found.all("ref") == ["09STATE80163"] and found.all("quote") == ["the harbour stays closed for now"]


def test_a_date_deep_in_a_sentence_is_not_the_day_of_publication() -> None:
    assert article(LONG + "It was reopened on April 17, 1954, after years.").first("date") == ""
    assert article("29 mai 2012. - " + LONG).first("date") == "2012-05-29"
    assert article("Published on April 17, 1954").first("date") == "1954-04-17"
