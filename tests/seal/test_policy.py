"""The policy file: every line is read strictly, thresholds count people, and mistakes name their line."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.mirror.publisher import Keys, signer
from unsealed.errors import InputError, UsageError, VerifyError
from unsealed.seal import checkpoint, note, policy
from unsealed.seal.checkpoint import Checkpoint
from unsealed.seal.note import KIND_COSIGNATURE, VerifierKey
from unsealed.seal.policy import Group, Policies, Policy, Witness

LOG = note.generate("gazette.example/log")
ROOTS = [note.generate(f"root-{at}") for at in range(2)]
EDITORS = [note.generate(f"editor-{at}") for at in range(3)]
WITNESSES = [note.generate(f"witness.example/{at}", KIND_COSIGNATURE) for at in range(4)]


def key_lines(kind: str, signers: list[note.Signer]) -> list[str]:
    return [f"{kind} {signer.verifier.vkey}" for signer in signers]


BASE = [
    "unsealed-policy/1 1",
    f"log {LOG.verifier.vkey} https://gazette.example/log",
    *key_lines("root", ROOTS),
    "roots 2",
    *key_lines("editor", EDITORS),
    "editors 2",
    *(f"witness w{at} {signer.verifier.vkey}" for at, signer in enumerate(WITNESSES)),
    "group papers 2 w0 w1 w2",
    "group all-of-them all papers w3",
    "quorum all-of-them",
    "max-age-days 90",
]


def build(lines: list[str]) -> bytes:
    return "".join(line + "\n" for line in lines).encode()


def parse(lines: list[str] = BASE) -> Policy:
    return policy.parse_policy(build(lines))


def refused(lines: list[str]) -> str:
    with pytest.raises(InputError) as caught:
        parse(lines)
    assert caught.value.remedy
    return caught.value.message


def swapped(start: str, line: str) -> list[str]:
    """The good lines with the one that begins with `start` replaced."""
    found = [at for at, old in enumerate(BASE) if old.startswith(start)]
    return [*BASE[: found[0]], line, *BASE[found[0] + 1 :]]


def test_a_whole_policy() -> None:
    read = parse()
    assert (read.number, read.log, read.log_url) == (1, LOG.verifier, "https://gazette.example/log")
    assert (read.roots_needed, read.editors_needed, read.quorum, read.max_age_days) == (2, 2, "all-of-them", 90)
    assert [witness.name for witness in read.witnesses] == ["w0", "w1", "w2", "w3"]
    assert read.groups == (Group("papers", 2, ("w0", "w1", "w2")), Group("all-of-them", 2, ("papers", "w3")))
    assert len(read.archive_id) == 32
    assert read.sha256 == policy.sha256(build(BASE)).hexdigest()


def test_comments_blanks_and_tabs_are_free() -> None:
    lines = ["", "# comment", " \t# another", "\tunsealed-policy/1\t 1 ", *BASE[1:], "", "  "]
    assert parse(lines).editors == parse().editors


def test_the_c2sp_part_is_the_example_of_tlog_policy() -> None:
    w = [signer.verifier.vkey for signer in WITNESSES]
    head, tail = BASE[:9], ["max-age-days 1"]
    c2sp = [
        *(f"witness X{at + 1} {w[at]}" for at in range(3)),
        "group X-witnesses 2 X1 X2 X3",
        f"witness Y1 {w[3]} https://y1.example/",
        "group Y-witnesses any Y1",
        "group X-and-Y all X-witnesses Y-witnesses",
        "quorum X-and-Y",
    ]
    read = parse(head + c2sp + tail)
    for names, good in (("013", True), ("0123", True), ("012", False), ("03", False), ("", False)):
        keys = [WITNESSES[int(name)].verifier for name in names]
        if good:
            policy.check_quorum(read, keys)
        else:
            with pytest.raises(VerifyError) as caught:
                policy.check_quorum(read, keys)
            assert caught.value.rule == "quorum"


def test_no_quorum_and_one_witness() -> None:
    policy.check_quorum(parse(swapped("quorum", "quorum none")), [])
    single = parse(swapped("quorum", "quorum w3"))
    policy.check_quorum(single, [WITNESSES[3].verifier])
    with pytest.raises(VerifyError):
        policy.check_quorum(single, [WITNESSES[0].verifier])


OTHER = note.generate("other")
OTHER_WITNESS = note.generate("other-witness", KIND_COSIGNATURE)


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (["unsealed-policy/2 1", *BASE[1:]], "line 1: the first line"),
        (["unsealed-policy/1 0", *BASE[1:]], "line 1"),
        (["unsealed-policy/1 01", *BASE[1:]], "line 1"),
        (BASE[1:], "line 1: the first line"),
        (["# nothing"], "`log` and `quorum` are needed"),
        ([*BASE, "tail"], "line 18: the word tail"),
        ([*BASE, f"log {OTHER.verifier.vkey}"], "line 18: a second log"),
        (swapped("log", "log"), "line 2: write `log"),
        (swapped("log", "log a b c"), "line 2: write `log"),
        (swapped("log", f"log {LOG.verifier.vkey[:-1]}"), "line 2: A value is not base64"),
        (swapped("log", f"log {OTHER_WITNESS.verifier.vkey}"), "line 2: this key is of the wrong kind"),
        ([line for line in BASE if not line.startswith("log")], "`log` and `quorum` are needed"),
        (swapped("root ", "root"), "line 3: write `root VKEY`"),
        (swapped("root ", f"root {LOG.verifier.vkey}"), "line 3: this key, or its name, stands on another line"),
        (swapped("editor ", f"editor {ROOTS[0].verifier.vkey}"), "stands on another line"),
        ([*BASE, f"editor {EDITORS[0].verifier.vkey}"], "line 18: this key"),
        ([*BASE, f"editor {VerifierKey('again', 1, EDITORS[0].key.public).vkey}"], "line 18: this key, or its name"),
        ([*BASE, f"editor {note.generate('editor-0').verifier.vkey}"], "line 18: this key, or its name"),
        ([*BASE, f"witness w9 {VerifierKey('w', 4, EDITORS[0].key.public).vkey}"], "line 18: this key, or its name"),
        ([*BASE, f"witness w9 {VerifierKey('w', 4, WITNESSES[0].key.public).vkey}"], "line 18: this key"),
        (swapped("roots", "roots two"), "write `roots K`"),
        (swapped("roots", "roots 0"), "write `roots K`"),
        (swapped("roots", "roots 3"), "`roots K` is needed"),
        (swapped("editors", "editors 4"), "`editors K` is needed"),
        ([line for line in BASE if not line.startswith("editors")], "`editors K` is needed"),
        ([*BASE, "editors 2"], "`editors` stands twice"),
        (swapped("witness", "witness w0"), "line 10: write `witness"),
        (swapped("witness w1", f"witness w0 {OTHER_WITNESS.verifier.vkey}"), "the name w0 is taken"),
        (swapped("witness w1", f"witness none {OTHER_WITNESS.verifier.vkey}"), "the name none is taken"),
        (swapped("witness w1", f"witness w1 {OTHER.verifier.vkey}"), "wrong kind"),
        (swapped("group papers", "group papers 2"), "write `group"),
        (swapped("group papers", "group papers 2 w0 none"), "none is not defined"),
        (swapped("group papers", "group papers 2 w0 all-of-them"), "all-of-them is not defined"),
        (swapped("group papers", "group papers 2 w0 w0"), "w0 is a member already"),
        (swapped("group papers", "group papers 3 w0 w1"), "3 is not all, any"),
        (swapped("group papers", "group papers 0 w0 w1"), "0 is not all, any"),
        (swapped("group papers", "group papers 02 w0 w1"), "02 is not all, any"),
        (swapped("group papers", "group w0 2 w1 w2"), "the name w0 is taken"),
        (swapped("group all", "group all-of-them any w0"), "w0 is a member already"),
        (swapped("quorum", "quorum"), "write `quorum NAME` once"),
        (swapped("quorum", "quorum nobody"), "nobody is not defined"),
        ([*BASE, "quorum none"], "write `quorum NAME` once"),
        ([line for line in BASE if not line.startswith("quorum")], "`log` and `quorum` are needed"),
        (swapped("max-age", "max-age-days soon"), "write `max-age-days DAYS` once"),
        ([*BASE, "max-age-days 9"], "write `max-age-days DAYS` once"),
        (["unsealed-policy/1 1\r", *BASE[1:]], "line 1 has a control character"),
        ([*BASE, "# \x7f"], "line 18 has a control character"),
        ([*BASE, "# \x9b31m"], "line 18 has a control character"),
        ([*BASE, *(f"editor {note.generate(f'e{at}').verifier.vkey}" for at in range(62))], "line 79: more than 64"),
        ([*BASE, "#" * policy.MAX_POLICY], "it is longer than"),
    ],
)  # fmt: skip
def test_mistakes_name_their_line(lines: list[str], words: str) -> None:
    assert words in refused(lines)


def test_bytes_that_are_no_text_and_a_cut_off_file() -> None:
    for data, words in ((build(BASE) + b"\xff\n", "not UTF-8"), (build(BASE)[:-1], "cut off")):
        with pytest.raises(InputError, match=words):
            policy.parse_policy(data)


def test_what_is_written_can_be_read() -> None:
    verifiers = [signer.verifier for signer in EDITORS]
    roots = [signer.verifier for signer in ROOTS]
    witnesses = [Witness("w0", WITNESSES[0].verifier, ""), Witness("w1", WITNESSES[1].verifier, "https://w.example/")]
    data = policy.write_policy(
        2, LOG.verifier, roots, 1, verifiers, 2,
        witnesses=witnesses, groups=[Group("g", 1, ("w0", "w1"))], quorum="g", max_age_days=30,
    )  # fmt: skip
    read = policy.parse_policy(data)
    assert (read.number, read.witnesses, read.quorum, read.max_age_days) == (2, tuple(witnesses), "g", 30)
    with pytest.raises(UsageError):
        policy.write_policy(1, LOG.verifier, roots, 1, verifiers[:1], 2)


def test_a_threshold_counts_different_keys_under_different_names() -> None:
    one = EDITORS[0].verifier
    same_key = VerifierKey("editor-x", 1, one.public)
    same_name = note.generate(one.name).verifier
    two = EDITORS[1].verifier
    allowed = [one, two, same_key, same_name]
    policy.check_threshold([one, two], allowed, 2, "editors")
    for signed in ([one, one], [one, same_key], [one, same_name], [one, EDITORS[2].verifier], []):
        with pytest.raises(VerifyError, match="needed") as caught:
            policy.check_threshold(signed, allowed, 2, "editors")
        assert caught.value.rule == "threshold"


def test_a_checkpoint_needs_the_quorum_in_force_at_its_last_entry() -> None:
    head = Checkpoint(LOG.name, 3, b"\x01" * 32)
    data = checkpoint.sign_checkpoint(head, LOG)
    lines = [checkpoint.cosign(head.text(), WITNESSES[at], 100 + at) for at in (0, 1)]
    strict, loose = parse(), parse(swapped("quorum", "quorum none"))
    data = checkpoint.add_lines(data, lines)
    with pytest.raises(VerifyError) as caught:
        policy.check_checkpoint(data, Policies.of(strict))
    assert caught.value.rule == "quorum"
    opened = policy.check_checkpoint(data, Policies(((0, loose), (3, strict))))
    assert sorted(line.time for line in opened.cosignatures) == [100, 101]
    full = checkpoint.add_lines(data, [checkpoint.cosign(head.text(), WITNESSES[3], 7)])
    assert len(policy.check_checkpoint(full, Policies.of(strict)).cosignatures) == 3


def test_policies_over_time() -> None:
    first, second = parse(), parse(["unsealed-policy/1 2", *BASE[1:]])
    policies = Policies(((0, first), (5, second)))
    assert [policies.at(index) for index in (0, 4, 5, 9)] == [first, first, second, second]
    assert (policies.newest, policies.all, policies.archive_id) == (second, (first, second), first.archive_id)
    assert Policies.of(first).at(7) is first


def test_age_is_a_warning_with_a_number() -> None:
    old = parse()
    day = 86400
    assert policy.days_too_old(old, [5, 10 * day], 111 * day) == 101
    assert policy.days_too_old(old, [10 * day], 100 * day) == 0
    assert policy.days_too_old(old, [], 100 * day) == 0
    ageless = parse([line for line in BASE if not line.startswith("max-age")])
    assert policy.days_too_old(ageless, [1], 900 * day) == 0


@given(st.lists(st.text(alphabet=" \tabk1 #-+/é"), max_size=12))
def test_no_text_breaks_the_reader(lines: list[str]) -> None:
    with pytest.raises(InputError):
        policy.parse_policy(build(lines))


def test_two_keys_with_one_name_and_id(monkeypatch: pytest.MonkeyPatch) -> None:
    """An id has 32 bits, so a second key can be found for it; a line would then have two possible signers."""
    one, other = (Keys(editors=[signer("same"), signer(name)]).policy(number) for number, name in ((1, "b"), (2, "c")))
    Policies(((0, one), (5, other)))
    second = dataclasses.replace(other, editors=(twin(one.editors[0]), other.editors[1]))
    with pytest.raises(VerifyError) as caught:
        Policies(((0, one), (5, second)))
    assert caught.value.rule == "key-collision"


def twin(key: VerifierKey) -> VerifierKey:
    made = VerifierKey(key.name, key.kind, signer("another").key.public)
    object.__setattr__(made, "key_id", key.key_id)
    return made


@pytest.mark.parametrize("word", ["x\u2028Every byte checked", "\u202egnp.exe", "z" * 5000])
def test_a_mistake_repeats_no_acting_character(word: str) -> None:
    for line in (word, f"group {word} any a", f"group g any {word}", f"quorum {word}", f"group g {word} none"):
        with pytest.raises(InputError) as caught:
            policy.parse_policy(f"unsealed-policy/1 1\n{line}\n".encode())
        assert caught.value.message.isprintable()
        assert len(caught.value.message) < 500
