"""Frozen settings: one class per room, limits with their units in the comment.

Takes the text of `unsealed.toml`, gives a `Settings` value. Reads one file, writes none. A setting that is
unknown or of the wrong type is refused by name: a misspelt limit that is silently ignored is no limit.
`docs/settings.md` lists every setting; a test holds the two together.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path
from typing import Literal

import msgspec

from unsealed.errors import SetupError
from unsealed.model import Reason

DEFAULT_REASONS: tuple[Reason, ...] = (
    Reason(1, "person-at-risk", "A person who could be harmed if named."),
    Reason(2, "source", "A person who spoke in confidence."),
    Reason(3, "private", "A private individual who plays no public part."),
    Reason(4, "safety", "Words that could endanger the safety of people."),
    Reason(5, "place", "A place made less exact to protect those who live there."),
    Reason(6, "other", "Another reason, given with the release."),
)


LEAST_PEOPLE = 2  # who must agree on a decision, and sign a release: nobody lets anything out alone


class ArchiveSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the archive is called and where its catalogue lies."""

    name: str = ""  # what readers see
    database: str = ""  # empty: catalogue.db in the archive folder; else the address of a PostgreSQL database
    story: str = ""  # up to three sentences for the public front page


class TableSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of event table: how it is known, and which of its columns say what."""

    name: str  # for messages about it
    when: tuple[str, ...]  # headings that a table of this kind has
    columns: dict[str, tuple[str, ...]]  # for a field (`date`, `lat`, `killed` ...) the columns that it is taken from
    box: tuple[float, ...] = ()  # south, west, north, east in degrees: places outside are flagged


class IngestSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Limits of reading. Each is checked on both sides of the worker's boundary."""

    workers: int = 2  # processes
    batch_items: int = 500  # items handed to a worker at once: a process is forked for each such batch
    batch_bytes: int = 4 << 20  # bytes handed to a worker at once
    item_bytes: int = 256 << 20  # bytes of one item; larger ones are quarantined
    answer_bytes: int = 256 << 20  # bytes of one answer of a worker
    item_seconds: float = 60.0  # seconds for one item alone
    batch_seconds: float = 300.0  # seconds for the items of a batch together, and again where they are read alone
    worker_memory: int = 2 << 30  # bytes of address space of a worker
    commit_items: int = 2000  # items in one commit of the catalogue
    commit_seconds: float = 2.0  # seconds between commits
    ocr: Literal["off", "auto", "force"] = "auto"  # auto: pages whose text is missing or garbage; force: every page
    ocr_languages: tuple[str, ...] = ()  # Tesseract's names (`eng`, `fra`); empty: found out page by page
    ocr_dpi: int = 200  # pixels to the inch of a drawn page
    ocr_seconds: float = 180.0  # seconds for one page
    ocr_data: str = ""  # folder of the language data; empty: TESSDATA_PREFIX, else the system's
    archive_members: int = 1_000_000  # members of one container
    top_members: int = 5_000_000  # members of everything inside one file that was handed in
    archive_ratio: int = 200  # bytes out for each byte in, after the first 10 MB
    top_bytes: int = 1 << 40  # bytes out of everything inside one file that was handed in
    disk_reserve: int = 2 << 30  # bytes of the disk that taking containers apart leaves free
    member_seconds: float = 600.0  # seconds for one member of a container
    archive_seconds: float = 21600.0  # seconds for one container
    tables: tuple[TableSettings, ...] = ()  # tables of events that are read by a map of their columns


class SearchSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The index: a cache."""

    writer_memory: int = 200 << 20  # bytes of the index writer's buffer
    writer_threads: int = 1  # threads; one makes fewer, larger segments and keeps up with ingest
    commit_seconds: float = 30.0  # seconds between commits


class SealSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the seal is made."""

    workers: int = 2  # processes
    padding: float = 0.0  # probability of an empty atom after each word (seal.md, `N`)


class RoleSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A role: who has it, and what they may do. An editor with no role may do both."""

    name: str  # for example `marker`, `lead`, `legal`
    people: tuple[str, ...]  # names of review.editors
    may: tuple[Literal["mark", "decide"], ...] = ("mark", "decide")  # what they may do


class RuleSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a decision needs beyond two people."""

    subject: str  # a reason's code; `cleared`, `allowed` (words that may stand although withheld elsewhere) or `*`: all
    people: int = 2  # different people, at least 2
    roles: tuple[str, ...] = ()  # at least one person of each


class ReviewSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who decides, and the reasons they may give."""

    editors: tuple[str, ...] = ()  # names of the people who may mark and decide
    editors_needed: int = 2  # different people, at least 2
    roles: tuple[RoleSettings, ...] = ()  # who may only mark, who is asked for by a rule: see below
    rules: tuple[RuleSettings, ...] = ()  # which decisions need more people, or people of a role: see below
    reasons: tuple[Reason, ...] = DEFAULT_REASONS  # why something may be withheld: number, code and text, see below


class ReleaseSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What leaves the house."""

    signatures_needed: int = 2  # editors' signatures on every log entry, at least 2
    documents_per_pack: int = 256  # documents in one file of a package
    workers: int = 2  # processes that search the pages for withheld strings
    licence: str = "Public domain or as stated in the document"  # said on every page
    origin: str = ""  # the log's name in its checkpoints; empty: made from the archive's name
    page_dpi: int = 150  # pixels to the inch of a page that is shown as a picture, 50 to 400
    page_look: Literal["grey", "photocopy"] = "grey"  # photocopy: black and white only
    page_boxes: Literal["words", "lines"] = "words"  # lines: a line with a withheld word goes black as a whole
    mirrors: tuple[str, ...] = ()  # addresses or folders of mirrors that are asked for the newest head before a new one
    witnesses: tuple[str, ...] = ()  # of the first policy, each as `NAME VKEY URL`: who vouches for the log's heads
    witnesses_needed: int = 0  # of the first policy: how many of them must sign a head before it is shown
    max_age_days: int = 0  # of the first policy: days after which a reader is warned of an old copy; 0: never


class SiteSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The public pages."""

    title: str = ""  # empty: the archive's name
    address: str = ""  # where the site will stand, for feeds; empty: relative addresses
    language: str = "en"  # of the words around the documents, as in `lang` of HTML


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything in `unsealed.toml`."""

    archive: ArchiveSettings = ArchiveSettings()
    ingest: IngestSettings = IngestSettings()
    search: SearchSettings = SearchSettings()
    seal: SealSettings = SealSettings()
    review: ReviewSettings = ReviewSettings()
    release: ReleaseSettings = ReleaseSettings()
    site: SiteSettings = SiteSettings()


def parse_settings(text: str, *, where: str = "unsealed.toml") -> Settings:
    """Settings from TOML text. Raises SetupError that names the setting and the remedy."""
    try:
        settings = msgspec.toml.decode(text.encode(), type=Settings)
    except msgspec.MsgspecError as error:
        raise SetupError(
            f"{where}: {error}.", remedy="Correct this setting; docs/settings.md lists them all."
        ) from error
    _check_reasons(settings.review.reasons, where)
    _check_people(settings, where)
    _check_roles(settings.review, where)
    _check_tables(settings.ingest.tables, where)
    return settings


_TABLE_FIELDS = frozenset(
    ("id", "date", "lat", "lon", "mgrs", "place", "title", "kind", "category", "killed", "wounded", "origin", "url")
)


def _check_tables(tables: tuple[TableSettings, ...], where: str) -> None:
    for table in tables:
        unknown = sorted(set(table.columns) - _TABLE_FIELDS)
        if unknown or not table.when or not all(table.columns.values()):
            raise SetupError(
                f"{where}: ingest.tables {table.name!r} needs headings in `when`, and columns for known fields only"
                + (f" (not {', '.join(unknown)})." if unknown else "."),
                remedy="The fields are: " + ", ".join(sorted(_TABLE_FIELDS)) + ".",
            )
        if table.box and not (len(table.box) == 4 and table.box[0] < table.box[2] and table.box[1] < table.box[3]):
            raise SetupError(
                f"{where}: the box of ingest.tables {table.name!r} is no range.",
                remedy="Give south, west, north and east in degrees.",
            )


def one_person(name: str) -> str:
    """What all spellings of one name have in common: case, spaces and accents in other codes make no other person."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def _check_people(settings: Settings, where: str) -> None:
    """Two editors are two people: no name twice in another spelling, none empty, never fewer than two needed."""
    spelt = [one_person(name) for name in settings.review.editors]
    if "" in spelt or len(set(spelt)) != len(spelt):
        raise SetupError(
            f"{where}: review.editors holds an empty name, or one name twice.",
            remedy="Upper and lower case, spaces and accents in other codes make no other person: name each once.",
        )
    if any(name != name.strip() or not name.isprintable() for name in settings.review.editors):
        raise SetupError(
            f"{where}: a name in review.editors begins or ends with a space, or holds a character that is not shown.",
            remedy="Write it as it is read.",
        )
    if any(_mixes_scripts(word) for name in settings.review.editors for word in name.split()):
        raise SetupError(
            f"{where}: a name in review.editors mixes letters of several scripts: it may look like another one.",
            remedy="Write each name in one script.",
        )
    for setting, value in (
        ("review.editors_needed", settings.review.editors_needed),
        ("release.signatures_needed", settings.release.signatures_needed),
    ):
        if value < LEAST_PEOPLE:
            raise SetupError(
                f"{where}: {setting} is {value}, but at least {LEAST_PEOPLE} people must agree.",
                remedy=f"Set it to {LEAST_PEOPLE} or more.",
            )


def _mixes_scripts(word: str) -> bool:
    names = {unicodedata.name(letter, "").split(" ")[0] for letter in word if letter.isalpha()}
    return len(names & {"LATIN", "CYRILLIC", "GREEK", "CHEROKEE", "ARMENIAN"}) > 1


def _check_roles(review: ReviewSettings, where: str) -> None:
    """Roles name editors, rules name roles and reasons, and every rule can be met by the people that there are."""
    names = [role.name for role in review.roles]
    people = {name for role in review.roles for name in role.people}
    if len(set(names)) != len(names) or "" in names or not people <= set(review.editors):
        raise SetupError(
            f"{where}: review.roles holds a role twice or without a name, or a person who is none of review.editors.",
            remedy="Name each role once, and its people as in review.editors.",
        )
    bound = people - {name for role in review.roles if "decide" in role.may for name in role.people}
    subjects = {"*", "cleared", "allowed", *(reason.code for reason in review.reasons)}
    for rule in review.rules:
        wanted = [role for role in review.roles if role.name in rule.roles]
        able = len(set(review.editors) - bound) >= rule.people and all(set(role.people) - bound for role in wanted)
        known = rule.subject in subjects and len(wanted) == len(set(rule.roles))
        if not known or not able or rule.people < LEAST_PEOPLE:
            raise SetupError(
                f"{where}: the rule of review.rules for {rule.subject!r} names no reason or role that there is, or "
                "asks for people whom there are not.",
                remedy=f"Name a reason's code, `cleared`, `allowed` or `*`, and {LEAST_PEOPLE} people or more.",
            )


def _check_reasons(reasons: tuple[Reason, ...], where: str) -> None:
    numbers = {reason.number for reason in reasons}
    codes = {reason.code for reason in reasons}
    in_range = all(0 < number < 1 << 16 for number in numbers)
    if not reasons or len(numbers) != len(reasons) or len(codes) != len(reasons) or not in_range:
        raise SetupError(
            f"{where}: every line of review.reasons needs a code and a number of its own (1 to 65535).",
            remedy="Never change the number of a reason that was used: it is sealed in what was released.",
        )


def load_settings(path: Path) -> Settings:
    """Settings from a file. Raises SetupError where it cannot be read or holds a mistake."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        remedy = "Restore it, or run `unsealed init` in a new folder."
        raise SetupError(f"{path} cannot be read.", remedy=remedy) from error
    return parse_settings(text, where=str(path))


def settings_text(name: str, database: str = "") -> str:
    """The `unsealed.toml` of a new archive called `name`: what a person will want to change, with comments."""
    where = f"# Where the catalogue is (docs/how-to/postgresql.md).\ndatabase = {_toml(database)}\n" if database else ""
    reasons = "\n".join(
        f"[[review.reasons]]\nnumber = {reason.number}\ncode = {_toml(reason.code)}\ntext = {_toml(reason.text)}\n"
        for reason in DEFAULT_REASONS
    )
    return f"""# Settings of this archive. Every setting is described in docs/settings.md.

[archive]
name = {_toml(name)}
{where}# Up to three sentences for the front page of the public site.
story = ""

[review]
# The people who may mark and decide. Two different ones must agree.
editors = []
editors_needed = 2

# Why something may be withheld. The number is sealed in every release: never change one that was used.
{reasons}
[release]
signatures_needed = 2
"""


def _toml(text: str) -> str:
    return msgspec.json.encode(text).decode()
