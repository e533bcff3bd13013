"""Removing a profile in a way that can be undone for as long as somebody holds `Removed`."""

from dataclasses import dataclass

from roammail.core.profile import Profile
from roammail.core.secret import Secret
from roammail.engine.engine import Engine


@dataclass(frozen=True, slots=True)
class Removed:
    """All of a profile that is gone from the keyring; `place` counts from 0."""

    profile: Profile
    secret: Secret | None
    place: int


async def remove(engine: Engine, profile_id: str) -> Removed:
    """Takes a readable profile out. Raises BadConfiguration and what the keyring raises."""
    known = (await engine.book.all()).profiles
    profile = await engine.book.find(profile_id)
    place = next((i for i, item in enumerate(known) if item.id == profile.id), len(known))
    removed = Removed(profile, await engine.book.secret(profile.id), place)
    await engine.remove_profile(profile.id)
    return removed


async def put_back(engine: Engine, removed: Removed) -> Profile:
    """Keeps it again, in its old place, under a new id. Raises as `ProfileBook.add` does."""
    added = await engine.book.add(removed.profile, removed.secret)
    ids = [item.id for item in (await engine.book.all()).profiles if item.id != added.id]
    ids.insert(removed.place, added.id)
    await engine.book.order(ids)
    return added
