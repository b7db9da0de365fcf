"""The engine against a search in plain Python: what is found, counted, ordered and highlighted."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.search.corpus import CLASSES, ORIGINS, TAGS, WORDS, Reference, changes, make_archive, random_reading
from unsealed.errors import QueryError
from unsealed.model import Reading, Unit
from unsealed.query import (
    All,
    And,
    Field,
    Fuzzy,
    Node,
    Not,
    Or,
    Phrase,
    Prefix,
    Range,
    Serial,
    Word,
    bounds,
    parse,
    show,
    words,
)
from unsealed.search import Index

DOCUMENTS = 150
VOCABULARY = sorted({word for text in WORDS for word in words(text)})


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    random_ = random.Random(7)
    readings = [random_reading(random_, number) for number in range(DOCUMENTS)]
    with make_archive(tmp_path_factory.mktemp("search") / "archive", readings) as archive, Index.open(archive) as index:
        assert index.catch_up() == (DOCUMENTS, 0)
        yield index


@pytest.fixture(scope="module")
def reference(index: Index) -> Reference:
    return Reference(index.archive.readings())


word = st.sampled_from(VOCABULARY)
TEXT_LEAVES = st.one_of(
    word.map(Word),
    st.lists(word, min_size=2, max_size=3).map(lambda found: Phrase(tuple(found))),
    st.builds(Phrase, st.lists(word, min_size=2, max_size=4, unique=True).map(tuple), st.integers(1, 6)),
    word.map(lambda found: Prefix(found[:2])),
    st.builds(Fuzzy, word, st.sampled_from([1, 2])),
)
keys = st.sampled_from([*CLASSES[:4], *TAGS]).map(lambda value: " ".join(words(value)))
FIELD_LEAVES = st.one_of(
    st.builds(Field, st.sampled_from(["subject", "origin"]), TEXT_LEAVES),
    st.builds(Field, st.just("origin"), st.sampled_from(ORIGINS[:3]).map(lambda o: Word(words(o)[-1]))),
    st.builds(Field, st.sampled_from(["class", "tag"]), keys.map(Word)),
    st.builds(Field, st.sampled_from(["class", "tag"]), keys.map(lambda key: Prefix(key[:2]))),
    st.builds(Field, st.just("tag"), st.just(Fuzzy("prle", 1))),
    st.builds(Field, st.just("type"), st.sampled_from(["cable", "email", "pdf"]).map(Word)),
    st.builds(
        Field, st.sampled_from(["id", "ref"]), st.sampled_from(["03state284", "state284", "veren7", "9"]).map(Word)
    ),
)
dates = st.sampled_from(["", "2003", "2003-05", "2003-05-17", "2004", "2004-02-29", "2005-12", "2006"])
RANGES = st.builds(Range, st.just("date"), dates, dates).filter(
    lambda r: not (r.low and r.high) or bounds(r.low)[0] <= bounds(r.high)[1]  # type: ignore[index]
)
SERIALS = st.sampled_from([Serial("", "state", "284"), Serial("03", "state", "284"), Serial("", "veren", "7")])
LEAVES: st.SearchStrategy[Node] = st.one_of(TEXT_LEAVES, FIELD_LEAVES, RANGES, SERIALS, st.just(All()))
TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda found: And(tuple(found))),
        st.lists(inner, min_size=2, max_size=3).map(lambda found: Or(tuple(found))),
        inner.map(Not),
    ),
    max_leaves=5,
)


@given(TREES)
@settings(max_examples=600, deadline=None)
def test_finds_and_counts_what_plain_python_finds(index: Index, reference: Reference, tree: Node) -> None:
    expected = reference.find(tree)
    results = index.search(tree, limit=DOCUMENTS, snippets=False)
    assert {hit.row for hit in results.hits} == expected
    assert results.total == len(expected)
    for facet in results.facets:
        assert dict(facet.values) == reference.facet(expected, facet.name) | dict.fromkeys(
            [value for value, count in facet.values if not count], 0
        )
    assert [hit.row for hit in index.stream(tree)] == sorted(expected)


def _is_match(leaf: Node, text: str) -> bool:
    found = words(text)
    match leaf:
        case Word(sought):
            return found == [sought]
        case Prefix(sought):
            return len(found) == 1 and found[0].startswith(sought)
        case Fuzzy(sought, distance):
            return len(found) == 1 and changes(found[0], sought) <= distance
        case Phrase(sought, 0):
            return tuple(found) == sought
        case Phrase(sought, _):
            return len(found) == 1 and found[0] in sought
        case _:
            return False


@given(TEXT_LEAVES)
@settings(max_examples=300, deadline=None)
def test_highlights_are_matches_and_every_hit_has_one(index: Index, leaf: Node) -> None:
    for hit in index.search(leaf, limit=30, facets=False).hits:
        marked = [run.text for run in hit.snippet if run.match]
        assert marked
        assert all(_is_match(leaf, text) for text in marked), marked


@given(FIELD_LEAVES.filter(lambda leaf: leaf.name != "type"))
@settings(max_examples=150, deadline=None)
def test_a_match_inside_a_field_is_highlighted_where_the_field_stands(index: Index, leaf: Field) -> None:
    for hit in index.search(leaf, limit=5, facets=False).hits:
        if leaf == Field("id", Word(str(hit.item))):
            continue  # the archive's own number is in no text
        assert any(run.match for run in hit.snippet)


@pytest.mark.parametrize("sort", ["relevance", "date", "-date"])
@pytest.mark.parametrize("text", ["ana", "*", "ana OR emil", "emil~1 OR cab", "tag:prel", "STATE284", "ana OR -cab"])
def test_pages_join_to_one_order(index: Index, text: str, sort: str) -> None:
    whole = index.search(text, limit=DOCUMENTS, sort=sort, snippets=False)  # type: ignore[arg-type]
    assert len(whole.hits) == whole.total > 30
    paged = []
    for offset in range(0, whole.total + 7, 7):
        page = index.search(text, limit=7, offset=offset, sort=sort, snippets=False)  # type: ignore[arg-type]
        assert page.total == whole.total
        paged += page.hits
    assert tuple(paged) == whole.hits


def test_orders(index: Index) -> None:
    rows = [hit.row for hit in index.search("*", limit=DOCUMENTS).hits]
    assert rows == sorted(rows)
    by_date = index.search("*", limit=DOCUMENTS, sort="date").hits
    falling = index.search("*", limit=DOCUMENTS, sort="-date").hits

    def key(date: str) -> int:
        interval = bounds(date)
        return interval[0] if interval else 0

    expected = sorted(by_date, key=lambda hit: (not hit.date, key(hit.date), hit.row))
    assert list(by_date) == expected
    assert list(falling) == sorted(by_date, key=lambda hit: (not hit.date, -key(hit.date), hit.row))
    assert {hit.date for hit in falling[-5:]} == {""}
    scores = [(-hit.score, hit.row) for hit in index.search("ana emil", limit=DOCUMENTS).hits]
    assert scores == sorted(scores)


def test_the_cable_itself_comes_before_those_that_cite_it(index: Index) -> None:
    hits = index.search("STATE 000284", limit=DOCUMENTS, facets=False).hits
    assert hits == index.search("STATE 284", limit=DOCUMENTS, facets=False).hits
    own = [index.archive.reading(hit.row).reading.first("id") == "03STATE000284" for hit in hits]
    assert own == sorted(own, reverse=True)
    assert any(own)
    assert not all(own)


def test_a_word_of_every_document_still_ranks(tmp_path: Path) -> None:
    texts = ["lamp " + "x " * 40, "lamp " * 9, "lamp lamp " + "y " * 20] * 40
    readings = [Reading("text", "test", 1, (Unit("text", f"{n} {text}"),)) for n, text in enumerate(texts)]
    with make_archive(tmp_path / "archive", readings) as archive, Index.open(archive) as index:
        index.catch_up()
        hits = index.search("lamp", limit=120, facets=False).hits
        assert [hit.row % 3 for hit in hits] == [2] * 40 + [0] * 40 + [1] * 40


def test_offsets_beyond_the_end_and_limit_zero(index: Index) -> None:
    assert index.search("*", offset=10_000_000).hits == ()
    nothing = index.search("*", limit=0)
    assert (nothing.hits, nothing.total) == ((), DOCUMENTS)
    assert index.search("*", facets=False).facets == ()


def test_text_and_tree_are_one_and_the_query_is_shown(index: Index) -> None:
    text = '(ana OR "emil ban"~3) tag:prel -date:2004'
    assert index.search(text) == index.search(parse(text))
    assert index.search(text).query == show(parse(text))
    with pytest.raises(QueryError):
        index.search("AND")


def test_an_index_in_one_segment_and_in_many_give_the_same_answers(index: Index, tmp_path: Path) -> None:
    readings = [stored.reading for stored in index.archive.readings()]
    with make_archive(tmp_path / "archive", readings) as archive, Index.open(archive) as other:
        for stored in archive.readings():
            other.add((stored,))
            if stored.row % 9 == 0:
                other.commit()
        other.finish()
        for text in ("ana", "ana OR emil", "an* OR cab", '"ana emil"~4', "STATE 284"):
            assert other.search(text, limit=40) == index.search(text, limit=40)
