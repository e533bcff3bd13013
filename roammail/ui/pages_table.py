"""The one table of pages: name, title, icon, and where the page's class is.

A page's module is imported when the page is first shown, so that the window is there at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from roammail.words.catalogue import N_

if TYPE_CHECKING:
    from roammail.ui.context import Context


@dataclass(frozen=True, slots=True)
class PageEntry:
    """`title` is marked for translation; `module` is in `roammail.ui.pages`."""

    name: str
    title: str
    icon: str
    module: str
    class_name: str
    low: bool = False  # at the bottom of the sidebar

    @property
    def make(self) -> "Callable[[Context], QWidget]":
        """The page's class."""
        made: Callable[[Context], QWidget] = getattr(
            import_module(f"roammail.ui.pages.{self.module}"), self.class_name
        )
        return made


#: In the sidebar's order. The owner of a page adds its line when the module is there.
PAGES: tuple[PageEntry, ...] = (
    PageEntry("here", N_("Here"), "mdi6.map-marker-check", "here", "HerePage"),
    PageEntry("write", N_("Write"), "mdi6.pencil", "write", "WritePage"),
    PageEntry("outbox", N_("Outbox"), "mdi6.tray-full", "outbox", "OutboxPage"),
    PageEntry("profiles", N_("Profiles"), "mdi6.account-multiple", "profiles", "ProfilesPage"),
    PageEntry("other_apps", N_("Other apps"), "mdi6.apps", "other_apps", "OtherAppsPage"),
    PageEntry("explain", N_("Explain"), "mdi6.help-circle", "explain", "ExplainPage"),
    PageEntry("networks", N_("Networks"), "mdi6.wifi", "networks", "NetworksPage"),
    PageEntry("settings", N_("Settings"), "mdi6.cog", "settings", "SettingsPage", low=True),
)
