"""The roaming lab: an internet, servers, places and laptops, all in namespaces.

To add a place: a row in `places.PLACES` (what its gateway drops, rejects, redirects; whether a
middlebox stands in the way) and a row in the table of `matrix.py`, with the act of ours that it
makes RoamMail propose, if any. Nothing else: both test
modules and `make lab PLACE=…` know it then. To add a server: its name in `internet.HOSTS`, a
function in `servers.py` that starts it, a line in `start_servers`; to let the traveller use it, an
Account in `traveller.py` and a column in the table. To add a way of standing in the way: a mode of
`middlebox/__main__.py`.

`inside.py` is the tests' side; everything else runs in the lab's own process, which `serve.py`
(tests) or `tests/lab/__main__.py` (a person) starts in fresh namespaces. When that process ends,
nothing of the lab is left.
"""
