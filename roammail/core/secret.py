"""A secret that does not show itself by accident."""

from typing import final


@final
class Secret:
    """Holds a password or token; only `reveal` gives it out.

    repr, str and format print a fixed mask, and it can be neither pickled nor compared by
    order, so that it does not end in a log, a crash report or JSON by mistake.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The secret itself, for the keyring and the sign-in only."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(Secret)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled")
