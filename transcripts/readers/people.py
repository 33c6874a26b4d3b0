"""Names of speakers in foreign files, and the ids they get here."""

import re

from transcripts.participants import PERSON

_SLOT = re.compile(r"(?P<id>AI-\d{1,3})(?: ?\((?P<name>.+)\))?")
_PERSON = frozenset({"you", "user", "human", "human user", "me", "operator"})


class People:
    """Ids given out so far: one a name, `AI-1` first, the person always `you`."""

    def __init__(self) -> None:
        self._ids: dict[str, str] = {}
        self._taken: set[str] = set()
        self._last = 0
        """The last number given out."""

    def reserve(self, names: list[str]) -> None:
        """Keep the ids that `names` themselves say, so that nobody else gets them."""
        for name in names:
            if slot := _SLOT.fullmatch(name):
                self._taken.add(slot["id"])

    def find(self, name: str) -> tuple[str, str]:
        """Return id and shown name of the speaker that a file calls `name`."""
        if slot := _SLOT.fullmatch(name):
            self._taken.add(slot["id"])
            return slot["id"], slot["name"] or ""
        if name.lower() in _PERSON:
            return PERSON, ""
        if name not in self._ids:
            self._last += 1
            while f"AI-{self._last}" in self._taken:
                self._last += 1
            self._ids[name] = f"AI-{self._last}"
        return self._ids[name], name
