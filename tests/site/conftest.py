"""One invented archive, sealed, released twice and built, shared by the tests of the site."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.site.fiction import STORY_DRAFTS, hostile, plain
from tests.site.press import Press
from unsealed.site import BuildReport, build_site


@dataclass(frozen=True)
class Built:
    """A press and the report of its site."""

    press: Press
    report: BuildReport

    @property
    def public(self) -> Path:
        return self.press.public

    def page(self, path: str) -> str:
        return (self.press.public / path).read_text(encoding="utf-8")


def build(press: Press) -> BuildReport:
    return build_site(press.packages, press.public, press.cache, log=press.log_folder)


def story_press(folder: Path, more: int = 130) -> Press:
    """The story (slots 0 to 9) and weekly reports; nothing released yet."""
    press = Press(folder, [*STORY_DRAFTS, *(plain(number) for number in range(more))])
    press.seal()
    return press


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    press = story_press(tmp_path_factory.mktemp("story"))
    press.release(list(range(10, 130)), "Weekly reports", "What the posts wrote home in ordinary weeks.", pack=50)
    press.release(list(range(10)), "The slope above Korvane", "The first warnings, and the night they came true.")
    yield Built(press, build(press))


@pytest.fixture(scope="session")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    press = Press(tmp_path_factory.mktemp("hostile"), [hostile(number) for number in range(8)])
    press.seal()
    press.release(list(range(8)), "</title><script>alert(1)</script>", "<script>alert(2)</script>")
    yield Built(press, build(press))
