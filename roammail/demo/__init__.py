"""The demo's world: servers on loopback, certificates and profiles of its own. No rendering."""
