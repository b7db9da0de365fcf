"""Signed notes and written keys, against the published examples of C2SP and of the Go reference implementation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unsealed.errors import KeysError, VerifyError
from unsealed.seal import note
from unsealed.seal.note import Note, Signature

# The example of golang.org/x/mod/sumdb/note (note_test.go), which the C2SP text describes.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
ENOCH = "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop"
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
ENOCH_LINE = (
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"
)


def rule(untrusted: bytes) -> str:
    with pytest.raises(VerifyError) as caught:
        note.parse_note(untrusted)
    return caught.value.rule


def test_published_key_and_signature() -> None:
    key = note.parse_vkey(PETER)
    assert (key.name, key.key_id.hex(), key.vkey) == ("PeterNeumann", "c74f20a3", PETER)
    signer = note.parse_skey(PETER_SECRET)
    assert signer.verifier == key
    assert signer.skey == PETER_SECRET
    made = Note(TEXT, note.sign(TEXT, [signer])).encode()
    assert made.decode() == f"{TEXT}\n{PETER_LINE}"


def test_published_note_with_two_signatures() -> None:
    keys = (note.parse_vkey(PETER), note.parse_vkey(ENOCH))
    whole = f"{TEXT}\n{PETER_LINE}{ENOCH_LINE}".encode()
    opened, signed = note.open_note(whole, keys)
    assert (opened.text, signed, opened.encode()) == (TEXT, keys, whole)
    assert note.open_note(whole, keys[1:])[1] == keys[1:]
    assert note.unknown_lines(opened, keys) == ()
    assert note.unknown_lines(opened, keys[:1]) == (opened.signatures[1],)


def test_no_piece_or_change_of_a_written_key_is_accepted() -> None:
    for start in range(len(PETER) + 1):
        for end in range(start + 1, len(PETER) + 1):
            if (start, end) != (0, len(PETER)):
                with pytest.raises(VerifyError):
                    note.parse_vkey(PETER[start:end])
    for at in range(len(PETER)):
        with pytest.raises(VerifyError):
            note.parse_vkey(PETER[:at] + chr(ord(PETER[at]) + 1) + PETER[at + 1 :])


def test_no_piece_or_change_of_a_secret_key_is_accepted_or_printed() -> None:
    changed = [PETER_SECRET[:at] + chr(ord(PETER_SECRET[at]) + 1) + PETER_SECRET[at + 1 :] for at in range(len(PETER))]
    cut = [PETER_SECRET[:end] for end in range(len(PETER_SECRET))]
    for broken in [*changed, *cut, "PRIVATE+KEY+", "PRIVATE+KEY+a+00000000+"]:
        with pytest.raises(KeysError) as caught:
            note.parse_skey(broken)
        assert caught.value.message == "A private key cannot be read."
    assert "AYEKFALVFGyNhPJ" not in repr(note.parse_skey(PETER_SECRET))


@pytest.mark.parametrize(
    ("vkey", "rule_"),
    [
        ("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==", "base64"),
        ("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "key-kind"),
        ("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "key-id"),
        ("PeterNeumann+c74f20a3+", "key-form"),
        ("PeterNeumann", "key-form"),
        ("Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "key-name"),
    ],
)
def test_broken_keys(vkey: str, rule_: str) -> None:
    with pytest.raises(VerifyError) as caught:
        note.parse_vkey(vkey)
    assert caught.value.rule == rule_


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\u2003b", "a\u00a0b", "a\nb", "x" * 256, "é" * 128])
def test_names_that_no_key_may_have(name: str) -> None:
    with pytest.raises(VerifyError, match="key name"):
        note.check_name(name)


def test_names_that_a_key_may_have() -> None:
    for name in ("a", "gazette.example/log", "zoë", "x" * 255, "é" * 127):
        note.check_name(name)


@pytest.mark.parametrize(
    ("text", "rule_"),
    [
        (TEXT, "note-form"),
        (TEXT + "\n", "note-form"),
        (TEXT + "\n" + PETER_LINE[:-1], "note-form"),
        ("\x01" + TEXT + "\n" + PETER_LINE, "note-form"),
        (TEXT.replace("\n", "\r\n") + "\n" + PETER_LINE, "note-form"),
        (TEXT + "\n" + PETER_LINE.replace("PeterNeumann ", "Bad Name "), "base64"),
        (TEXT + "\n" + PETER_LINE + "Unexpected line.\n", "note-form"),
        (TEXT + "\n" + "— PeterNeumann\n", "note-form"),
        (TEXT + "\n" + "— PeterNeumann AAAA\n", "note-form"),
        (TEXT + "\n" + PETER_LINE.replace("nAM=", "nAN="), "base64"),
        (TEXT + "\n" + PETER_LINE.replace("nAM=", "nAM"), "base64"),
        (TEXT + "\n" + PETER_LINE.replace("x08g", "x08-"), "base64"),
        (TEXT + "\n" + PETER_LINE.replace("x08g", "xé8g"), "base64"),
        (TEXT + "\n" + PETER_LINE * 101, "note-size"),
        ("x" * note.MAX_NOTE + "\n\n" + PETER_LINE, "note-size"),
    ],
)
def test_broken_notes(text: str, rule_: str) -> None:
    assert rule(text.encode()) == rule_


def test_a_note_that_is_not_utf8() -> None:
    assert rule(b"\xff" + TEXT.encode() + b"\n" + PETER_LINE.encode()) == "note-form"


def test_empty_lines_belong_to_the_text() -> None:
    text = "one\n\n\ntwo\n"
    made = Note(text, note.sign(text, [note.parse_skey(PETER_SECRET)])).encode()
    assert note.parse_note(made).text == text


def test_text_that_cannot_be_signed() -> None:
    for text in ("", "no newline", "tab\there\n", "bell\x07\n"):
        with pytest.raises(VerifyError):
            note.sign(text, [note.parse_skey(PETER_SECRET)])


def test_a_signature_of_another_text_is_refused_even_beside_a_good_one() -> None:
    keys = (note.parse_vkey(PETER), note.parse_vkey(ENOCH))
    wrong = note.sign("other\n", [note.parse_skey(PETER_SECRET)])[0].line()
    with pytest.raises(VerifyError) as caught:
        note.open_note(f"{TEXT}\n{ENOCH_LINE}{wrong}".encode(), keys)
    assert caught.value.rule == "signature"


def test_an_unknown_key_is_ignored_and_not_enough() -> None:
    with pytest.raises(VerifyError) as caught:
        note.open_note(f"{TEXT}\n{PETER_LINE}".encode(), [note.parse_vkey(ENOCH)])
    assert caught.value.rule == "key-unknown"


def test_same_name_other_key_is_unknown() -> None:
    other = note.generate("PeterNeumann").verifier
    assert note.check_signatures(note.parse_note(f"{TEXT}\n{PETER_LINE}".encode()), [other]) == ()


def test_one_key_twice_counts_once_and_is_strange() -> None:
    twice = note.parse_note(f"{TEXT}\n{PETER_LINE}{PETER_LINE}".encode())
    key = note.parse_vkey(PETER)
    assert note.check_signatures(twice, [key]) == (key,)
    assert len(note.unknown_lines(twice, [key])) == 1


def test_a_witness_key_signs_no_note() -> None:
    witness = note.generate("w.example", note.KIND_COSIGNATURE)
    signed = Note(TEXT, note.sign(TEXT, [witness]))
    assert note.check_signatures(signed, [witness.verifier]) == ()
    assert note.parse_skey(witness.skey).verifier == witness.verifier


names = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zs", "Zl", "Zp"), exclude_characters="+"), min_size=1)


@given(st.lists(st.tuples(names.filter(lambda name: len(name.encode()) < 256), st.binary(min_size=5, max_size=80))))
def test_what_is_written_is_read_back(lines: list[tuple[str, bytes]]) -> None:
    made = Note("text\n", tuple(Signature(name, data[:4], data[4:]) for name, data in lines))
    if lines:
        assert note.parse_note(made.encode()) == made


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_have_one_form(data: bytes) -> None:
    try:
        parsed = note.parse_note(b"a\n\n" + data)
    except VerifyError:
        return
    assert parsed.encode() == b"a\n\n" + data
