"""What every OOXML package has: its main part, its properties, layout that says nothing, and what is left over."""

from __future__ import annotations

import re

from unsealed.ingest.readers.office.folio import Folio
from unsealed.ingest.readers.office.package import Package
from unsealed.ingest.readers.office.properties import properties

# Layout and switches of the program. What is not listed here and was read by nobody becomes a part of its own.
_PLUMBING = re.compile(
    r"\[Content_Types\]\.xml|(?:.*/)?_rels/[^/]*\.rels"
    r"|(?:word|xl|ppt|visio)/(?:theme/(?:theme|themeOverride)\d*\.xml|(?:styles|stylesWithEffects|settings|webSettings"
    r"|fontTable|numbering|calcChain|presProps|viewProps|tableStyles|metadata|commentsExtended|commentsIds|people)\.xml)"
    r"|(?:word|xl|ppt)/(?:charts|diagrams)/(?:style|colors|layout|quickStyle|drawing)\d*\.xml"
    r"|(?:word|xl|ppt)/(?:fonts|printerSettings)/[^/]*|xl/worksheets/binaryIndex\d*\.bin|xl/calcChain\.bin"
    r"|customXml/itemProps\d*\.xml|mimetype|META-INF/manifest\.xml",
    re.IGNORECASE,
)
_PROPERTY_KINDS = frozenset({"core-properties", "extended-properties", "custom-properties"})


def open_package(data: bytes, folio: Folio) -> Package:
    """The package, its properties told to `folio`."""
    package = Package(data, folio)
    for target in package.targets("").values():
        if target.external:
            folio.once("O-REMOTE", "warn", folio.link(target.name))
        elif target.kind in _PROPERTY_KINDS:
            properties(package.read(target.name), folio)
    return package


def main_member(package: Package, usual: str) -> str:
    """The main part: the one that the package names, else the usual one."""
    for target in package.targets("").values():
        if target.kind == "officeDocument" and package.find(target.name):
            return package.find(target.name)
    return package.find(usual)


def leftovers(package: Package, folio: Folio) -> None:
    """Every member that nobody read and that is no layout becomes a part; links of relationships become units."""
    for name in package.names():
        if name.lower().endswith(".rels"):
            _links(package, name, folio)
        if _PLUMBING.fullmatch(name):
            package.skip(name)
    for name, data in package.rest():
        folio.part(name, data)


def _links(package: Package, name: str, folio: Folio) -> None:
    owner = name.replace("_rels/", "", 1) if name.startswith("_rels/") else name.replace("/_rels/", "/", 1)
    for target in package.targets(owner[: -len(".rels")]).values():
        if target.external:
            unit = folio.link(target.name)
            if target.kind != "hyperlink" and unit >= 0:
                folio.once("O-REMOTE", "warn", unit)
