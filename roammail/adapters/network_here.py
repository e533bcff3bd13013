"""The NetworkWatcher of the system that we run on. Each adapter is loaded only where it is
used: their libraries are not there on other systems."""

import sys

from roammail.adapters.network_null import NullNetworkWatcher
from roammail.ports import NetworkWatcher


def network_watcher() -> NetworkWatcher:
    """A watcher that knows this system, or one that knows nothing and says so."""
    system: str = sys.platform
    if system == "linux":
        from roammail.adapters.network_linux import LinuxNetworkWatcher

        return LinuxNetworkWatcher()
    if system == "darwin":
        from roammail.adapters import network_macos

        return network_macos.network_watcher()
    if system == "win32":
        from roammail.adapters import network_windows

        return network_windows.network_watcher()
    return NullNetworkWatcher(detail=system)
