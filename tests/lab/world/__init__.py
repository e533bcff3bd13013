"""The roaming lab: an internet, servers, places and laptops, all in namespaces."""
