"""A configuration for nginx that serves a mirror, or a plain copy of a public folder, as it should be served.

Takes names, gives text. `docs/how-to/mirror.md` shows the same text; a test runs Debian's nginx with it.
"""

from __future__ import annotations

from pathlib import Path

_TEMPLATE = """\
# A mirror of a site made with Unsealed: files only. No log of who reads what.
server {{
    listen {listen};
    server_name {host};
    root {root};
    index index.html;
    access_log off;
    server_tokens off;
    autoindex off;
    disable_symlinks on from=$document_root;
    charset utf-8;
    charset_types text/html text/css text/javascript text/plain application/json application/atom+xml;
    types {{
        text/html html;
        text/css css;
        text/javascript js;
        image/svg+xml svg;
        text/plain txt;
        application/json json proof;
        application/atom+xml atom;
        application/xml xml;
    }}
    default_type application/octet-stream;
    add_header Cache-Control "public, max-age=60" always;
    add_header X-Content-Type-Options nosniff always;
    add_header Referrer-Policy no-referrer always;
    add_header X-Frame-Options DENY always;
    add_header Cross-Origin-Opener-Policy same-origin always;
    error_page 404 /404.html;

    # Objects are called by their hash and never change. Such a name has no ending, and nginx does not look into files:
    # pictures and PDF files go out without a type. Pages show the pictures all the same, PDF files are saved.
    location ^~ /o/ {{
        types {{ }}
        add_header Cache-Control "public, max-age=31536000, immutable";
        add_header X-Content-Type-Options nosniff always;
        error_page 404 =404 /404.html;
    }}

    # The heads change with each release.
    location ^~ /heads/ {{
        types {{ }}
        default_type application/octet-stream;
        add_header Cache-Control "no-cache" always;
        add_header X-Content-Type-Options nosniff always;
    }}
}}
"""


def nginx_configuration(folder: Path, host: str, listen: str) -> str:
    """A `server` block. `folder` is a mirror, or a copy of a public folder; `host` and `listen` are plain words."""
    root = folder.absolute()
    root = root / "public" if (root / "public").is_dir() else root
    quoted = '"' + str(root).replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$") + '"'
    return _TEMPLATE.format(listen=listen, host=host, root=quoted)
