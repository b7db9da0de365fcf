"""Small office files, written by hand: every hiding place in them is known. All of it is fiction."""

# ruff: noqa: E501 - markup of other programs, line by line
from __future__ import annotations

import zipfile
from io import BytesIO

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
TYPES = f'{HEAD}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
SHEET = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
SLIDE = (
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
)
LINKS = f'xmlns:r="{KINDS}"'
OFFICE = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'
)


def packed(members: dict[str, str | bytes], stored: tuple[str, ...] = ("mimetype",)) -> bytes:
    """A ZIP of these members, in order."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            kind = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            archive.writestr(zipfile.ZipInfo(name), content, kind)
    return buffer.getvalue()


def relations(*targets: tuple[str, str, bool]) -> str:
    """A relationships member: (kind, target, external) each, ids rId1 and on."""
    lines = [
        f'<Relationship Id="rId{number}" Type="{KINDS}/{kind}" Target="{target}"'
        + (' TargetMode="External"/>' if external else "/>")
        for number, (kind, target, external) in enumerate(targets, 1)
    ]
    return f'{HEAD}<Relationships xmlns="{RELATIONS}">{"".join(lines)}</Relationships>'


CORE = (
    f'{HEAD}<cp:coreProperties xmlns:cp="x" xmlns:dc="y" xmlns:dcterms="z"><dc:title>Harvest</dc:title>'
    "<dc:creator>Ada Lindqvist</dc:creator><cp:lastModifiedBy>Bruno Castellan</cp:lastModifiedBy>"
    "<dcterms:created>2009-03-04T05:06:07Z</dcterms:created></cp:coreProperties>"
)
DOCUMENT = f"""{HEAD}<w:document {WORD} {LINKS} xmlns:mc="m" xmlns:wp="d" xmlns:v="v"><w:body>
<w:p><w:pPr><w:pStyle w:val="berschrift1"/></w:pPr><w:r><w:t>On the grain</w:t></w:r></w:p>
<w:p><w:r><w:t xml:space="preserve">We met </w:t></w:r><w:del w:author="Bruno Castellan"><w:r><w:delText>Tomas Veidt</w:delText></w:r></w:del>
<w:ins w:author="Cleo Marr"><w:r><w:t>a contact</w:t></w:r></w:ins><w:r><w:tab/><w:t>on Tuesday.</w:t></w:r></w:p>
<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>He lives in Port Amery.</w:t></w:r></w:p>
<w:p><w:r><w:rPr><w:highlight w:val="black"/></w:rPr><w:t>Covered word</w:t></w:r></w:p>
<w:tbl><w:tr><w:tc><w:p><w:r><w:t>left cell</w:t></w:r></w:p></w:tc></w:tr></w:tbl>
<w:p><w:r><mc:AlternateContent><mc:Choice><w:txbxContent><w:p><w:r><w:t>boxed once</w:t></w:r></w:p></w:txbxContent></mc:Choice>
<mc:Fallback><w:txbxContent><w:p><w:r><w:t>boxed once</w:t></w:r></w:p><w:p><w:r><w:t>only for old eyes</w:t></w:r></w:p></w:txbxContent>
</mc:Fallback></mc:AlternateContent></w:r></w:p>
<w:p><w:r><w:instrText>HYPERLINK "http://example.org/field"</w:instrText></w:r><w:r><w:t>here</w:t></w:r></w:p>
<w:p><w:r><w:drawing><wp:docPr id="1" name="p" descr="Photo of the quay"/></w:drawing></w:r></w:p>
</w:body></w:document>"""


def docx(document: str = DOCUMENT, **more: str | bytes) -> bytes:
    """A document with a comment, a footnote, a page head, a template elsewhere and a file inside."""
    return packed(
        {
            "[Content_Types].xml": TYPES,
            "_rels/.rels": relations(
                ("officeDocument", "word/document.xml", False), ("metadata/core-properties", "docProps/core.xml", False)
            ),
            "docProps/core.xml": CORE,
            "word/document.xml": document,
            "word/_rels/document.xml.rels": relations(
                ("comments", "comments.xml", False),
                ("footnotes", "footnotes.xml", False),
                ("header", "header1.xml", False),
                ("styles", "styles.xml", False),
                ("attachedTemplate", "http://example.org/t.dotm", True),
            ),
            "word/styles.xml": f'<w:styles {WORD}><w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>'
            "</w:styles>",
            "word/comments.xml": f'<w:comments {WORD}><w:comment w:author="Dora Pell" w:date="2009-03-05T00:00:00Z">'
            "<w:p><w:r><w:t>Ask Tomas again.</w:t></w:r></w:p></w:comment></w:comments>",
            "word/footnotes.xml": f"<w:footnotes {WORD}><w:footnote><w:p><w:r><w:t>From memory.</w:t></w:r></w:p>"
            "</w:footnote></w:footnotes>",
            "word/header1.xml": f"<w:hdr {WORD}><w:p><w:r><w:t>Bureau copy</w:t></w:r></w:p></w:hdr>",
            "word/embeddings/list.txt": "one\ntwo\n",
            **more,
        }
    )


def xlsx() -> bytes:
    """A workbook: a shown sheet, a very hidden one, a comment, a date, a string that no cell uses any more."""
    return packed(
        {
            "[Content_Types].xml": TYPES,
            "_rels/.rels": relations(("officeDocument", "xl/workbook.xml", False)),
            "xl/workbook.xml": f'<workbook {SHEET} {LINKS}><sheets><sheet name="Plan" sheetId="1" r:id="rId1"/>'
            '<sheet name="Names" sheetId="2" state="veryHidden" r:id="rId2"/></sheets>'
            '<definedNames><definedName name="path">"C:\\Users\\ada\\plan"</definedName></definedNames></workbook>',
            "xl/_rels/workbook.xml.rels": relations(
                ("worksheet", "worksheets/sheet1.xml", False),
                ("worksheet", "worksheets/sheet2.xml", False),
                ("sharedStrings", "sharedStrings.xml", False),
                ("styles", "styles.xml", False),
            ),
            "xl/styles.xml": f'<styleSheet {SHEET}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
            "xl/sharedStrings.xml": f"<sst {SHEET}><si><t>wheat</t></si><si><r><t>Tomas </t></r><r><t>Veidt</t></r></si>"
            "</sst>",
            "xl/worksheets/sheet1.xml": f'<worksheet {SHEET}><sheetData><row r="1"><c r="A1" t="s"><v>0</v></c>'
            '<c r="C1" s="1"><v>39876</v></c></row><row r="2" hidden="1"><c r="A2" t="inlineStr"><is><t>unseen row</t></is>'
            '</c><c r="B2" t="str"><f>HYPERLINK("http://example.org/x")</f><v>go</v></c></row></sheetData></worksheet>',
            "xl/worksheets/_rels/sheet1.xml.rels": relations(("comments", "../comments1.xml", False)),
            "xl/comments1.xml": f"<comments {SHEET}><authors><author>Dora Pell</author></authors><commentList>"
            '<comment ref="A1"><text><r><t>Ask </t></r><r><t>again.</t></r></text></comment></commentList></comments>',
            "xl/worksheets/sheet2.xml": f'<worksheet {SHEET}><sheetData><row><c t="inlineStr"><is><t>secret list</t></is></c>'
            "</row></sheetData></worksheet>",
        }
    )


def pptx() -> bytes:
    """A presentation: two slides out of order, the second hidden, notes, an old comment."""

    def slide(text: str, show: str = "") -> str:
        return (
            f'<p:sld {SLIDE}{show}><p:cSld><p:spTree><p:sp><p:nvSpPr><p:nvPr><p:ph type="title"/></p:nvPr></p:nvSpPr>'
            f"<p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp><p:sp><p:txBody><a:p><a:r><a:t>body of "
            f"{text}</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></p:sld>"
        )

    return packed(
        {
            "[Content_Types].xml": TYPES,
            "_rels/.rels": relations(("officeDocument", "ppt/presentation.xml", False)),
            "ppt/presentation.xml": f'<p:presentation {SLIDE} {LINKS}><p:sldIdLst><p:sldId id="257" r:id="rId2"/>'
            '<p:sldId id="256" r:id="rId1"/></p:sldIdLst></p:presentation>',
            "ppt/_rels/presentation.xml.rels": relations(
                ("slide", "slides/slide1.xml", False), ("slide", "slides/slide2.xml", False)
            ),
            "ppt/slides/slide1.xml": slide("second", ' show="0"'),
            "ppt/slides/slide2.xml": slide("first"),
            "ppt/slides/_rels/slide2.xml.rels": relations(
                ("notesSlide", "../notesSlides/n1.xml", False), ("comments", "../comments/c1.xml", False)
            ),
            "ppt/notesSlides/n1.xml": f"<p:notes {SLIDE}><a:p><a:r><a:t>do not say his name</a:t></a:r></a:p></p:notes>",
            "ppt/comments/c1.xml": f'<p:cmLst {SLIDE}><p:cm dt="2009-03-05"><p:text>wrong figure</p:text></p:cm></p:cmLst>',
        }
    )


def odt(body: str, kind: str = "text", manifest: str = "<manifest/>") -> bytes:
    """An OpenDocument file with this body."""
    return packed(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"{HEAD}<office:document-content {OFFICE}><office:body><office:{kind}>{body}</office:{kind}>"
            "</office:body></office:document-content>",
            "meta.xml": f"{HEAD}<office:document-meta {OFFICE}><office:meta><dc:creator>Ada Lindqvist</dc:creator>"
            "</office:meta></office:document-meta>",
            "META-INF/manifest.xml": manifest,
            "Pictures/quay.png": b"\x89PNG\r\n\x1a\n",
        }
    )


ODT_BODY = (
    "<text:tracked-changes><text:changed-region><text:deletion><text:p>Tomas Veidt</text:p></text:deletion>"
    "</text:changed-region></text:tracked-changes><text:h>On the grain</text:h><text:p>We<text:s text:c='2'/>met"
    "<text:line-break/>him.<office:annotation><dc:creator>Dora Pell</dc:creator><text:p>Ask again.</text:p>"
    "</office:annotation></text:p><text:p><text:a xlink:href='http://example.org/a'>a link</text:a></text:p>"
    "<text:p>x<text:note><text:note-body><text:p>From memory.</text:p></text:note-body></text:note></text:p>"
)
ODS_BODY = (
    "<table:table table:name='Plan'><table:table-row><table:table-cell><text:p>wheat</text:p></table:table-cell>"
    "<table:table-cell table:number-columns-repeated='9999999999'/><table:table-cell office:value='7'/>"
    "</table:table-row></table:table>"
)


def epub() -> bytes:
    """A book of two chapters, the second listed first in the spine."""
    return packed(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": '<container><rootfiles><rootfile full-path="O/p.opf"/></rootfiles></container>',
            "O/p.opf": "<package xmlns:dc='d'><metadata><dc:title>Quay</dc:title><dc:creator>Ada Lindqvist</dc:creator>"
            "</metadata><manifest><item id='a' href='a.xhtml' media-type='application/xhtml+xml'/><item id='b' "
            "href='b.xhtml' media-type='application/xhtml+xml'/><item id='i' href='i.png' media-type='image/png'/>"
            "</manifest><spine><itemref idref='b'/><itemref idref='a'/></spine></package>",
            "O/a.xhtml": "<html><body><p>second words</p></body></html>",
            "O/b.xhtml": "<html><body><h1>One</h1><p>first words</p></body></html>",
            "O/i.png": b"\x89PNG\r\n\x1a\n",
        }
    )


RTF = (
    rb"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0\fcharset204 Times;}{\f1\fcharset128 Gothic;}}{\colortbl;\red0;}"
    rb"{\stylesheet{\s1 heading 1;}{\*\cs10 Default;}}{\info{\title Harvest}{\author Ada Lindqvist}"
    rb"{\creatim\yr2009\mo3\dy4\hr5\min6}}{\*\revtbl{Unknown;}{Bruno Castellan;}}"
    rb"{\header Bureau copy\par}\pard\f0 \'cf\'ee\'f1\'ee\'eb\par We met {\deleted Tomas Veidt}a contact.\par "
    rb"{\v hidden words}\par\uc1 caf\u233? \u8212-\par {\f1\'82\'a0}\par one\cell two\cell\row "
    rb'{\field{\*\fldinst HYPERLINK "http://example.org/r"}{\fldrslt click}}{\footnote From memory.}'
    rb"{\*\atnauthor Dora Pell}{\*\annotation Ask again.}\par"
    rb"{\pict\pngblip 89504e470d0a1a0a}}"
)
