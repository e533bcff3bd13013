"""Pages that open in the browser. Only https: what is opened comes from our own data files."""

from urllib.parse import urlsplit

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices


def open_page(address: str) -> bool:
    """Shows it in the browser; False for what is no https:// address."""
    if urlsplit(address).scheme != "https":
        return False
    return QDesktopServices.openUrl(QUrl(address))
