"""What is said to a worker, and what is believed: batches, discarded answers, native tools, budgets."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.conftest import changes_hot_code
from tests.ingest.material import Inline
from unsealed.ingest import dialogue, looking, tools
from unsealed.ingest.dialogue import Budget, Dialogue
from unsealed.ingest.readers import READERS, Reader
from unsealed.ingest.readers import outcome as outcomes
from unsealed.ingest.readers.outcome import Ask, Outcome, Part, ToolAnswer, asking, rejected
from unsealed.ingest.tools import TOOLS, Tool
from unsealed.ingest.wire import Answer, Node, Read, Task
from unsealed.model import Reading, Unit
from unsealed.sandbox import Failure, Limits, SandboxError

_request = msgspec.msgpack.Decoder(Read)


class Watched(Inline):
    """Reads in this process, writes down what it was asked, and fails where a test says so."""

    def __init__(self, failing: Callable[[list[Task]], Failure | None] = lambda tasks: None) -> None:
        super().__init__(Limits())
        self.asked: list[list[Task]] = []
        self._failing = failing

    def send(self, payload: bytes | bytearray, *, keep: bool = False, more: bool = False) -> None:
        self.asked.append(_request.decode(payload).tasks)
        super().send(payload)

    def receive(self) -> bytearray:
        failure = self._failing(self.asked[-1])
        if failure:
            raise SandboxError(failure)
        return super().receive()


def no_tool(ask: Ask) -> ToolAnswer:
    raise AssertionError("no tool was expected")


def read(watched: Watched, tasks: list[Task], run: Callable[[Ask], ToolAnswer] = no_tool) -> list[Answer]:
    return list(Dialogue(watched, run).read_all(tasks))


def text_of(answer: Answer) -> str:
    assert answer[0].checked is not None
    return "".join(unit.text for unit in answer[0].checked.units)


def told(word: str, group: int = 0, form: str = "text") -> Task:
    return Task(f"A note about {word}.".encode(), form, group=group)


def sizes(watched: Watched) -> list[int]:
    return [len(tasks) for tasks in watched.asked]


def test_only_items_of_one_container_share_a_process() -> None:
    watched = Watched()
    tasks = [told("a", 1), told("b", 1), told("c", 2), told("d", 2), told("e"), told("f"), told("g", 1)]
    answers = read(watched, tasks)
    assert sizes(watched) == [2, 2, 1, 1, 1]
    assert [text_of(answer) for answer in answers] == [f"A note about {word}." for word in "abcdefg"]


def test_what_a_foreign_library_parses_never_shares(binary: None) -> None:
    watched = Watched()
    read(watched, [told("a", 1), told("b", 1, "foreign"), told("c", 1), Task(b"F\0foreign", "", group=1)])
    assert sizes(watched) == [1, 1, 2, 1]
    assert [task.form for tasks in watched.asked for task in tasks] == ["text", "foreign", "text", "", "foreign"]
    assert watched.asked[-1][0].group == 0


def test_a_crash_discards_the_whole_batch() -> None:
    """The first answers of a batch that crashes may be lies already: all items are read again, alone."""

    class Falsifying(Watched):
        def receive(self) -> bytearray:
            if len(self.asked[-1]) == 1:
                return super().receive()
            if self.lied:
                raise SandboxError(Failure.DIED)
            self.lied = True
            lie = msgspec.msgpack.encode(Reading("text", "text", 1, (Unit("text", "A lie about a."),)))
            return bytearray(msgspec.msgpack.encode([[Node(-1, "read", "text", reading=lie)]]))

        lied = False

    watched = Falsifying()
    answers = read(watched, [told("a", 1), told("b", 1), told("c", 1)])
    assert watched.lied
    assert sizes(watched) == [3, 1, 1, 1]
    assert [text_of(answer) for answer in answers] == [f"A note about {word}." for word in "abc"]


@pytest.mark.parametrize("failure", list(Failure)[:4])
def test_only_the_culprit_is_quarantined(failure: Failure) -> None:
    watched = Watched(lambda tasks: failure if any(b"poison" in task.data for task in tasks) else None)
    answers = read(watched, [told("a", 1), told("poison", 1), told("c", 1)])
    assert [answer[0].state for answer in answers] == ["read", "quarantined", "read"]
    assert answers[1][0].code == dialogue._WHY[failure][0]
    assert answers[1][0].remedy
    assert sizes(watched) == [3, 1, 1, 1, 1], "the culprit is tried a second time, without what lies inside"


@pytest.mark.parametrize(("turns", "codes"), [(2, ["W-CLOCK"]), (9, [])])
def test_a_batch_of_slow_items_has_a_clock(turns: int, codes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Three items of ten seconds: the batch is given up, its items are read alone as long as their clock allows."""
    clock = [0.0]

    class Slow(Watched):
        def receive(self) -> bytearray:
            clock[0] += 10.0
            return super().receive()

    class OneByOne(Slow):
        """Sends each answer of a batch as soon as it has it."""

        def receive(self) -> bytearray:
            answers = msgspec.msgpack.decode(self.held or super().receive(), type=list[msgspec.Raw])
            self.held = msgspec.msgpack.encode(answers[1:]) if answers[1:] else b""
            clock[0] += 10.0 * bool(self.held)
            return bytearray(msgspec.msgpack.encode(answers[:1]))

        held: bytes | bytearray = b""

        def kill(self) -> None:
            self.held = b""

    monkeypatch.setattr(dialogue.time, "monotonic", lambda: clock[0])
    watched = OneByOne()
    tasks = [told("a", 1), told("b", 1), told("c", 1)]
    answers = list(Dialogue(watched, no_tool, seconds=turns * 10.0 - 5).read_all(tasks))
    assert [answer[0].code for answer in answers if answer[0].code] == codes
    assert sizes(watched) == ([3, 1, 1] if codes else [3])
    assert [text_of(answer) for answer in answers[:2]] == ["A note about a.", "A note about b."]


@pytest.mark.parametrize("reading", [
    Reading("text", "x", 1, (Unit("a-name", "text"),)), Reading("text", "x", 1, (Unit("text", "e\u0301"),)),
    Reading("text", "x", 1, ()),
])  # fmt: skip
def test_a_malformed_reading_discards_the_whole_batch(reading: Reading, monkeypatch: pytest.MonkeyPatch) -> None:
    real = looking.read

    def obey(form: str, data: bytes, context: bytes, answers: Any = ()) -> Outcome:
        return Outcome(reading) if b"poison" in data else real(form, data, context, answers)

    monkeypatch.setattr(looking, "read", obey)
    watched = Watched()
    answers = read(watched, [told("a", 1), told("poison", 1), told("c", 1)])
    assert sizes(watched)[:4] == [3, 1, 1, 1]
    assert [answer[0].code for answer in answers] == ["", "W-ANSWER", ""]


@pytest.mark.parametrize("message", [
    b"", b"\xdd", b"\xdc", b"\xc1", b"\x90", b"\x92\x90\x90", b"\xdd\xff\xff\xff\xff",
    b"\xdd\x00\x40\x00\x00" + b"\x90" * (1 << 22), b"\xdc\xff\xff" + b"\x90" * 0xFFFF,
], ids=lambda message: f"{len(message)} bytes {message[:5].hex()}")  # fmt: skip
def test_answers_to_nothing_are_counted_before_room_is_made_for_them(message: bytes) -> None:
    class Crowd(Watched):
        def receive(self) -> bytearray:
            return bytearray(message)

    crowd = Crowd()
    tracemalloc.start()
    try:
        (answer,) = read(crowd, [told("a")])
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer[0].code == "W-ANSWER"
    assert most < 2 * len(message) + (1 << 20)


def test_a_worker_cannot_vouch_for_its_own_reading() -> None:
    """`checked` is the trusted side's: what a worker sends in its place is thrown away."""
    good = msgspec.msgpack.encode(Reading("text", "text", 1, (Unit("text", "true"),)))
    node = Node(-1, "read", "text", reading=good, checked=Reading("text", "x", 1, (Unit("a-name", "lie"),)))
    dialogue.check([node], told("a"))
    assert node.checked is not None
    assert node.checked.units[0].text == "true"
    node = Node(-1, "quarantined", "text", code="X", checked=Reading("text", "x", 1, (Unit("text", "lie"),)))
    dialogue.check([node], told("a"))
    assert node.checked is None


def test_only_what_an_extractor_takes_apart_may_wait_for_one() -> None:
    dialogue.check([Node(-1, "packed", "zip")], told("a"))
    for form in ("text", "mbox", ""):
        with pytest.raises(msgspec.ValidationError, match="packed"):
            dialogue.check([Node(-1, "packed", form)], told("a"))


def test_what_is_prepared_takes_the_place_of_the_bytes_and_no_room_is_kept_for_a_giant() -> None:
    class Roomy(Watched):
        def send(self, payload: bytes | bytearray, *, keep: bool = False, more: bool = False) -> None:
            super().send(bytes(payload))

    talk = Dialogue(Roomy(), no_tool, prepare=lambda reading, encoded: (reading.units[0].text, len(encoded)))
    small = list(talk.read_all([told("a", 1), told("b", 1)]))
    assert [answer[0].checked[0] for answer in small] == ["A note about a.", "A note about b."]
    assert all(answer[0].checked[1] > 15 and answer[0].reading == b"" for answer in small)
    assert len(talk._room) > 0
    list(talk.read_all([told("x" * dialogue.ROOM, 2)]))
    assert len(talk._room) == 0


# --- parts -------------------------------------------------------------------------------------------------


@pytest.fixture
def binary(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A form `foreign` (bytes that begin with F\\0) of the family `binary`, and one `asking` of the family `tool`."""

    def foreign(data: bytes, context: bytes) -> Outcome:
        parts = tuple(Part(f"part {n}", part, "") for n, part in enumerate(data.split(b"|")[1:]))
        return Outcome(Reading("text", "foreign", 1, (Unit("text", "foreign"),)), parts)

    def wishing(data: bytes, context: bytes, answers: tuple[ToolAnswer, ...]) -> Outcome:
        if not answers:
            return asking(Ask("shout", data, ("loud",)))
        if answers[0].state != "done":
            return rejected("X-TOOL", f"the tool is {answers[0].state}", "Install it.")
        if b"again" in data:
            return asking(Ask("shout", data, ("loud",)))
        return Outcome(Reading("text", "asking", 1, (Unit("text", answers[0].output.decode()),)))

    real = looking.sniff.sniff
    monkeypatch.setitem(READERS, "foreign", Reader("x", "x", "binary"))
    monkeypatch.setitem(READERS, "wishing", Reader("x", "x", "tool"))
    functions = {"foreign": foreign, "wishing": wishing}
    inner = looking.read

    def obey(form: str, data: bytes, context: bytes, answers: tuple[ToolAnswer, ...] = ()) -> Outcome:
        if form == "wishing":
            return wishing(data, context, answers)
        return functions[form](data, context) if form in functions else inner(form, data, context, answers)  # type: ignore[operator]

    monkeypatch.setattr(looking, "read", obey)
    monkeypatch.setattr(
        looking.sniff,
        "sniff",
        lambda head, size: looking.sniff.FORMS["foreign"] if head[:2] == b"F\0" else real(head, size),
    )
    monkeypatch.setattr(looking.sniff, "FORMS", {**_forms(), "foreign": looking.sniff.Form("foreign", "x/foreign")})
    yield


def _forms() -> dict[str, Any]:
    found = looking.sniff.FORMS if hasattr(looking.sniff, "FORMS") else {}
    return dict(found) if isinstance(found, dict) else {}


def test_a_binary_part_gets_a_process_of_its_own(binary: None) -> None:
    watched = Watched()
    (answer,) = read(watched, [Task(b"F\0root|plain words|F\0inner", "foreign")])
    assert [(node.form, node.state, node.within) for node in answer] == [
        ("foreign", "read", -1), ("text", "read", 0), ("foreign", "read", 0),
    ]  # fmt: skip
    assert [tasks[0].data for tasks in watched.asked] == [b"F\0root|plain words|F\0inner", b"F\0inner"]
    assert watched.asked[1][0].depth == 1


@changes_hot_code
def test_a_bomb_of_parts_ends_at_the_budget(binary: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogue, "Budget", lambda: Budget(processes=5))
    watched = Watched()
    (answer,) = read(watched, [Task(b"F\0root" + b"|F\0x" * 50, "foreign")])
    assert len(answer) == 51
    assert len(watched.asked) == 5
    assert [node.code for node in answer].count("I-BUDGET") == 46


def test_items_inside_each_other_end_at_a_depth(binary: None) -> None:
    watched = Watched()
    (answer,) = read(watched, [Task(b"F\0x", "foreign", depth=dialogue.DEPTH + 1)])
    assert (answer[0].state, answer[0].code) == ("quarantined", "I-NESTING")
    assert watched.asked == []


# --- native tools ------------------------------------------------------------------------------------------


def test_a_reader_asks_for_a_tool_and_is_called_again(binary: None) -> None:
    wishes: list[Ask] = []

    def run(ask: Ask) -> ToolAnswer:
        wishes.append(ask)
        return ToolAnswer("done", 0, ask.data.upper())

    watched = Watched()
    (answer,) = read(watched, [Task(b"quiet words", "wishing", b"context")], run)
    assert text_of(answer) == "QUIET WORDS"
    assert wishes == [Ask("shout", b"quiet words", ("loud",))]
    assert [tasks[0].rounds for tasks in watched.asked] == [0, 1]
    assert watched.asked[1][0].context == b"context"


@pytest.mark.parametrize("state", ["missing", "slow", "large", "died", "refused"])
def test_a_tool_that_fails_is_an_answer(binary: None, state: Any) -> None:
    (answer,) = read(Watched(), [Task(b"quiet", "wishing")], lambda ask: ToolAnswer(state))
    assert (answer[0].state, answer[0].code) == ("quarantined", "X-TOOL")


def test_a_reader_that_never_stops_asking_is_stopped(binary: None) -> None:
    watched = Watched()
    (answer,) = read(watched, [Task(b"again and again", "wishing")], lambda ask: ToolAnswer("done"))
    assert (answer[0].state, answer[0].code) == ("quarantined", "W-ANSWER")
    assert len(watched.asked) == dialogue.ROUNDS + 1


def test_a_tool_may_be_asked_for_by_a_part(binary: None) -> None:
    node = Node(0, "pending", "wishing", 1, "name", attached=True, data=b"words", asks=(Ask("shout", b"words"),))
    made = Dialogue(Watched(), lambda ask: ToolAnswer("done", 0, b"heard"))
    settled = made._settled(told("a"), [Node(-1, "container", "text"), node], Budget())
    assert [entry.state for entry in settled] == ["container", "read"]
    assert text_of([settled[1]]) == "heard"


def test_the_table_chooses_the_command_not_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(TOOLS, "echo", Tool(("echo", "say", "{0}"), "coreutils", options=(r"[a-z]+",)))
    assert tools.answer(Ask("echo", b"", ("words",))).output == b"say words\n"
    for wrong in (
        Ask("sh", b""),
        Ask("echo", b""),
        Ask("echo", b"", ("-n",)),
        Ask("echo", b"", ("a", "b")),
        Ask("echo", b"", ("a\n",)),
    ):
        assert tools.answer(wrong).state == "refused"
    assert tools.answer(Ask("echo", b"", ("words",)), unsafe=True).state == "missing"
    monkeypatch.setitem(TOOLS, "none", Tool(("no-such-tool",), "nothing"))
    assert tools.answer(Ask("none", b"")).state == "missing"
    assert tools.answer(Ask("ffprobe", b"not a film")).state in ("done", "missing")


@pytest.mark.parametrize("name", sorted(TOOLS))
def test_every_entry_fits_itself(name: str) -> None:
    tool = TOOLS[name]
    places = sum(f"{{{n}}}" in part for n in range(9) for part in tool.argv)
    assert places == len(tool.options)
    assert not tool.file or any(f"/in/{tool.file}" in part for part in tool.argv)
    assert tool.package
    assert not Path(tool.argv[0]).is_absolute()


def test_an_outcome_that_asks_has_nothing_else() -> None:
    made = outcomes.asking(Ask("x", b""))
    assert (made.reading, made.state, made.parts) == (None, "asks", ())
