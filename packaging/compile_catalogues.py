"""Collects marked texts into `resources/locale`, and compiles the catalogues.

`python packaging/compile_catalogues.py` after a sentence or a translation has changed. The
compiled files are kept in the repository, so that a checkout and a wheel need no build step;
a test compares them with their sources.
"""

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from roammail.core.settings import DECLARED

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "resources" / "locale"
_NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)  # dates would make every run a change
KEYWORDS = {
    "_": None,
    "N_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "say": None,
    "_say": None,
    "many": (1, 2),
}


def template(folder: str = "") -> Catalog:
    """All marked texts of the package (or of one folder of it), without places and dates."""
    catalog = Catalog(project="RoamMail", charset="utf-8")
    found = extract_from_dir(ROOT / "roammail" / folder, [("**.py", "python")], keywords=KEYWORDS)
    for _, _, message, comments, context in found:
        catalog.add(message, auto_comments=comments, context=context)
    if not folder:  # settings are declared as data, labels and help with them
        for setting in DECLARED:
            catalog.add(setting.label)
            catalog.add(setting.help)
            if setting.zero:
                catalog.add(setting.zero)
    return catalog


def compiled(source: Path) -> bytes:
    """The binary catalogue of one .po file."""
    with source.open("rb") as stream:
        catalog = read_po(stream)
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def main() -> int:
    """Brings every catalogue up to date. Returns how many texts lack a translation."""
    marked = template()
    missing = 0
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/roammail.po")):
        with source.open("rb") as stream:
            catalog = read_po(stream)
        catalog.update(marked, no_fuzzy_matching=True)
        catalog.header_comment = f"# RoamMail, {catalog.locale.english_name}."
        catalog.creation_date = catalog.revision_date = _NO_DATE
        with source.open("wb") as stream:
            write_po(stream, catalog, sort_output=True, width=96, ignore_obsolete=True)
        source.with_suffix(".mo").write_bytes(compiled(source))
        missing += sum(1 for message in catalog if message.id and not message.string)
    return missing


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
