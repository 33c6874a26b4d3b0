"""Who is meant by a name."""

from transcripts.room import Room, Seat


def find(room: Room, who: str) -> Seat | str:
    """Return the one participant in the room meant by `who`, or why there is none.

    Id first, then the name, then the model id; case and a leading `@` do not matter.
    """
    wanted = who.strip().lstrip("@").casefold()
    here = [seat for seat in room.seats if not seat.left]
    for known in (_called, _named, _running):
        hits = [seat for seat in here if wanted in {name.casefold() for name in known(seat)}]
        if len(hits) == 1:
            return hits[0]
        if hits:
            return f"{who!r} is more than one: {', '.join(seat.id for seat in hits)}"
    return f"nobody here is called {who!r}; here are {', '.join(s.label for s in here)}"


def _called(seat: Seat) -> tuple[str, ...]:
    return seat.id, seat.label


def _named(seat: Seat) -> tuple[str, ...]:
    name = seat.participant.name
    if seat.participant.person:
        return (name, "person", f"person ({name})")  # as models are told of them
    return (name,) if name else ()


def _running(seat: Seat) -> tuple[str, ...]:
    return (seat.participant.model,) if seat.participant.model else ()
