"""Write docs/commands.md and docs/settings.md from the program itself, so that they cannot fall behind.

python scripts/make_reference.py          write them
python scripts/make_reference.py --check  end with 1 where a file on disk differs (a test calls this)
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from unsealed import config
from unsealed.cli import root

ROOT = Path(__file__).resolve().parent.parent
SECTIONS = {
    "ArchiveSettings": "archive",
    "TableSettings": "[ingest.tables]",
    "IngestSettings": "ingest",
    "SearchSettings": "search",
    "SealSettings": "seal",
    "RoleSettings": "[review.roles]",
    "RuleSettings": "[review.rules]",
    "ReviewSettings": "review",
    "ReleaseSettings": "release",
    "SiteSettings": "site",
}


def walk(command: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, command
    if isinstance(command, click.Group):
        context = click.Context(command, info_name=name)
        for child in command.list_commands(context):
            found = command.get_command(context, child)
            assert found is not None
            yield from walk(found, f"{name} {child}")


def option_line(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Argument):
        return f"| `{parameter.human_readable_name}` | {'required' if parameter.required else 'optional'} |"
    assert isinstance(parameter, click.Option)
    names = ", ".join(f"`{name}`" for name in parameter.opts + parameter.secondary_opts)
    text = " ".join((parameter.help or "").split()).replace("|", "\\|")
    return f"| {names} | {text} |"


def commands() -> str:
    lines = [
        "# Commands",
        "",
        "Made by `scripts/make_reference.py` from the program itself. `unsealed COMMAND --help` says the same.",
        "",
    ]
    for name, command in walk(root, "unsealed"):
        if command.hidden:
            continue
        text = re.sub(r"\n(?!\n)\s*", "\n", (command.help or "").replace("\b", "").strip())
        lines += [f"## `{name}`", "", text, ""]
        parameters = [parameter for parameter in command.params if not getattr(parameter, "hidden", False)]
        if parameters:
            lines += ["| argument or option | meaning |", "|---|---|", *(option_line(item) for item in parameters), ""]
    return "\n".join(lines).rstrip() + "\n"


def settings() -> str:
    source = Path(config.__file__).read_text(encoding="utf-8")
    rows = source.splitlines()
    lines = [
        "# Settings",
        "",
        "Every setting of `unsealed.toml`. Made by `scripts/make_reference.py` from `config.py`.",
        "",
    ]
    for node in ast.parse(source).body:
        if not isinstance(node, ast.ClassDef) or node.name not in SECTIONS:
            continue
        lines += [
            f"## `[{SECTIONS[node.name]}]`",
            "",
            ast.get_docstring(node) or "",
            "",
            "| setting | default | meaning |",
            "|---|---|---|",
        ]
        for field in node.body:
            if (
                isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and (field.value is not None or node.name == "TableSettings")
            ):
                comment = rows[field.lineno - 1].partition("#")[2].strip()
                default = ast.unparse(field.value) if field.value is not None else "-"
                lines.append(f"| `{field.target.id}` | `{default}` | {comment} |")
        lines.append("")
    lines += ["## `[[review.reasons]]` as they are at first", "", "| number | code | text |", "|---|---|---|"]
    lines += [f"| {reason.number} | `{reason.code}` | {reason.text} |" for reason in config.DEFAULT_REASONS]
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    made = {ROOT / "docs" / "commands.md": commands(), ROOT / "docs" / "settings.md": settings()}
    stale = [path for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--check" in sys.argv:
        for path in stale:
            print(f"{path.name} is out of date: run scripts/make_reference.py")
        return 1 if stale else 0
    for path in stale:
        path.write_text(made[path], encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
