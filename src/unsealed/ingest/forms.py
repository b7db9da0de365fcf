"""The forms of files that `sniff` tells apart: one table, by id."""

from __future__ import annotations

import msgspec


class Form(msgspec.Struct, frozen=True):
    """The form of a file: its id, a media type, and whether it is a container that `splitters` cuts into items.

    `packed`: a container whose members must be decoded, by `extract`.
    """

    id: str
    mime: str
    container: bool = False
    packed: bool = False


CABLE_CSV = Form("cable-csv", "text/csv", True)
CABLE_HTML = Form("cable-html", "text/html")
CABLE_TEXT = Form("cable-text", "text/plain")
CABLE_1970S = Form("cable-1970s", "text/plain")
EVENT_CSV = Form("event-csv", "text/csv", True)
TABLE_CSV = Form("table-csv", "text/csv", True)
FRUS_TEI = Form("frus-tei", "application/tei+xml", True)
EML = Form("eml", "message/rfc822")
MBOX = Form("mbox", "application/mbox", True)
PDF = Form("pdf", "application/pdf")
CHAT = Form("chat", "text/plain")
CHAT_HTML = Form("chat-html", "text/html")
CHAT_JSON = Form("chat-json", "application/json")
CHAT_XML = Form("chat-xml", "application/xml")
ARTICLE = Form("article", "text/html")
HTML = Form("html", "text/html")
EMLX = Form("emlx", "message/x-emlx")
SMIME = Form("smime", "application/pkcs7-mime")
PGP = Form("pgp", "application/pgp-encrypted")
MSG = Form("msg", "application/vnd.ms-outlook")
PST = Form("pst", "application/vnd.ms-outlook-pst", packed=True)
TNEF = Form("tnef", "application/vnd.ms-tnef")
CALENDAR = Form("calendar", "text/calendar")
CONTACT = Form("contact", "text/vcard")
MARKDOWN = Form("markdown", "text/markdown")
TEXT = Form("text", "text/plain")
XML = Form("xml", "application/xml")
JSON = Form("json", "application/json")
DELIMITED = Form("delimited", "text/tab-separated-values")
DOCX = Form("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
XLSX = Form("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
PPTX = Form("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation")
IMAGE = Form("image", "image/*")
MEDIA = Form("media", "video/*")
EMPTY = Form("empty", "application/x-empty")
FORMS = {
    form.id: form
    for form in (
        CABLE_CSV,
        CABLE_HTML,
        CABLE_TEXT,
        CABLE_1970S,
        EVENT_CSV,
        TABLE_CSV,
        FRUS_TEI,
        EML,
        MBOX,
        PDF,
        CHAT,
        CHAT_HTML,
        CHAT_JSON,
        CHAT_XML,
        ARTICLE,
        HTML,
        EMLX,
        SMIME,
        PGP,
        MSG,
        TNEF,
        CALENDAR,
        CONTACT,
        MARKDOWN,
        TEXT,
        DOCX,
        XLSX,
        PPTX,
        Form("xlsb", "application/vnd.ms-excel.sheet.binary.macroenabled.12"),
        Form("odf", "application/vnd.oasis.opendocument.text"),
        Form("odf-flat", "application/vnd.oasis.opendocument.text-flat-xml"),
        Form("doc", "application/msword"),
        Form("xls", "application/vnd.ms-excel"),
        Form("ppt", "application/vnd.ms-powerpoint"),
        Form("ole", "application/x-ole-storage"),
        Form("old-document", "application/octet-stream"),
        Form("wordperfect", "application/vnd.wordperfect"),
        Form("rtf", "application/rtf"),
        Form("epub", "application/epub+zip"),
        Form("sqlite", "application/vnd.sqlite3"),
        XML,
        JSON,
        DELIMITED,
        IMAGE,
        MEDIA,
        EMPTY,
    )
}
