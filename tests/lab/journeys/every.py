"""Every journey by its name, and the acts of ours that they carry out."""

from tests.lab.journeys import behind_portal, cut_off, moving, names, remedies, road

#: Where the stories are told; to be imported is what puts them among the journeys.
STORIES = (moving, names, behind_portal, remedies, cut_off)
JOURNEYS = road.JOURNEYS
CARRIED_OUT = frozenset(road.CARRIED_OUT)
