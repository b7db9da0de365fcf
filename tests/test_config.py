"""Settings: strict, frozen, and the template of a new archive is valid."""

from __future__ import annotations

from pathlib import Path

import pytest

from unsealed import config
from unsealed.errors import SetupError


@pytest.mark.parametrize("name", ["Belmar", 'a "quoted" name', "Ünïcode\\path", "new\nline"])
def test_template_is_valid_and_keeps_the_name(name: str) -> None:
    settings = config.parse_settings(config.settings_text(name))
    assert settings.archive.name == name
    assert settings.review.reasons == config.DEFAULT_REASONS
    assert settings.review.editors_needed == 2


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("[ingest]\nworkerz = 2", "workerz"),
        ("[ingest]\nworkers = 'two'", "workers"),
        ("[nothing]\n", "nothing"),
        ("not toml", "Invalid|Expected"),
        ("[review]\nreasons = []", "reasons"),
        ("[[review.reasons]]\nnumber=1\ncode='a'\ntext=''\n[[review.reasons]]\nnumber=1\ncode='b'\ntext=''", "reasons"),
        ("[[review.reasons]]\nnumber=0\ncode='a'\ntext=''", "reasons"),
    ],
)
def test_a_mistake_is_named(text: str, names: str) -> None:
    with pytest.raises(SetupError, match=names) as caught:
        config.parse_settings(text)
    assert caught.value.remedy


def test_load_settings_says_which_file(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be read"):
        config.load_settings(tmp_path / "unsealed.toml")
    (tmp_path / "unsealed.toml").write_text("[archive]\nname = 'x'\n")
    assert config.load_settings(tmp_path / "unsealed.toml").archive.name == "x"


@pytest.mark.parametrize(
    "editors",
    [
        '["anna", "Anna", "ben"]',
        '["anna", "anna ", "ben"]',
        '["anna", ""]',
        '["anna", "\uff41nna"]',
        '["anna", "a\u200bnna"]',
        '["ana", "an\u0430"]',
    ],
)
def test_one_person_is_not_two_editors(editors: str) -> None:
    with pytest.raises(SetupError, match=r"review\.editors"):
        config.parse_settings(f"[review]\neditors = {editors}\n")


@pytest.mark.parametrize("value", [-1, 0, 1])
@pytest.mark.parametrize(("section", "setting"), [("review", "editors_needed"), ("release", "signatures_needed")])
def test_nobody_decides_alone(section: str, setting: str, value: int) -> None:
    with pytest.raises(SetupError, match=setting):
        config.parse_settings(f"[{section}]\n{setting} = {value}\n")
