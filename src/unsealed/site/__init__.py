"""Show: release packages become static pages.

Takes release packages (`packages/NNNN/`: manifest and packs of `PublicDocument`) and the public log files.
Gives `public/` but `heads/`: readable pages, lists, feeds, proof files, the verifier's page, immutable objects;
and the bytes of the manifest over all of it. May touch `public/` and its own cache folder. May never see the
archive: no function here takes a private document, and the room imports none of the rooms that know one.
"""

from __future__ import annotations

from unsealed.site.build import BuildReport, SiteOptions, build_site
from unsealed.site.serve import LOOPBACK, make_server
from unsealed.site.vendor import house_files, verify_page

__all__ = ["LOOPBACK", "BuildReport", "SiteOptions", "build_site", "house_files", "make_server", "verify_page"]
