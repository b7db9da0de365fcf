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
