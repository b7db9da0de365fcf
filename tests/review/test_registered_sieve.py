"""The sieve before the keys of sounds, and that before letters, lose no word that is near to one of the register."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from unsealed.review.risk.lexicon import Flags
from unsealed.review.risk.near import Index, Part
from unsealed.review.risk.sounds import keys, respelt, rough, rough_of_many

# Letters of which clusters of sounds are made, and some vowels.
_WORDS = st.text(alphabet="sctzhkdjgpxqwrlfvyaeiou7", min_size=1, max_size=13)


@given(_WORDS)
@example("kkhwkx")
@example("ackhe")
@example("dzkho")
@example("tsch")
def test_what_is_left_of_a_word_is_what_is_left_of_its_keys(word: str) -> None:
    read = set(rough_of_many([word, *(spelling for _, spelling in respelt([word]))]))
    found = keys(word)
    assert {*map(rough, found.fine), rough(found.coarse)} <= read


@given(st.lists(_WORDS, min_size=1, max_size=6), st.lists(_WORDS, max_size=6))
def test_every_word_that_is_near_to_one_is_hopeful(register: list[str], others: list[str]) -> None:
    index = Index({word: [Part(0, 0, 0, True, 1)] for word in register})
    words = {*others, *register, *(word[1:] + word[:1] for word in register)}
    for word in register:
        for place in range(len(word)):
            before, letter, behind = word[:place], word[place], word[place + 1 :]
            words |= {f"{before}o{behind}", f"{before}o{letter}{behind}", before + behind}
            words.add(before + behind[:1] + letter + behind[1:])
    words.discard("")
    flags = Flags()
    near = {word for word in words if any(index.near(word, flags[word]))}
    assert near <= index.hopeful(words, flags)
