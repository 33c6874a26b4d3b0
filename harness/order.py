"""Who speaks next. Pure: the room decides, and its seed where there is a choice."""

import re
from random import Random

from transcripts.events import Spoke
from transcripts.room import Room, Seat

ORDERS = ("round_robin", "random", "mention", "person")
"""Every order by name."""


def next_seat(room: Room) -> Seat | None:
    """Return the model whose turn it is, muted or not; `None` if nobody is left.

    Whoever the person named comes first, whatever the order. `random` gives everybody the
    floor once a round; `mention` goes to whom the last line addressed; `person` has no
    order of its own and falls back on the round when nobody was named.
    """
    models = room.models
    if not models:
        return None
    for seat in models:
        if seat.id == room.chosen:
            return seat
    match room.order:
        case "random":
            return _drawn(room, models)
        case "mention":
            return _addressed(room, models) or _following(room, models)
        case _:
            return _following(room, models)


def upcoming(room: Room, speaking: str = "") -> tuple[str, ...]:
    """Return ids of who comes next, the next one first, as far as that is decided.

    Args:
        room: As it stands.
        speaking: Who has the floor now; empty for nobody.
    """
    seats = [seat for seat in room.seats if seat.active]
    if not seats or (room.order == "person" and not room.chosen):
        return ()
    if room.order == "mention" and speaking and not room.chosen:
        return ()  # the line being written decides
    first = next_seat(room)
    if first is None:
        return ()
    if first.id == speaking and not room.chosen:
        if room.order == "random":
            return ()
        first = seats[(seats.index(first) + 1) % len(seats)]
    if room.order != "round_robin":
        return (first.id,) if first.id != speaking else ()
    at = seats.index(first)
    turn = [seat.id for seat in (*seats[at:], *seats[:at])]
    return tuple(one for one in turn if one != speaking)


def _following(room: Room, models: tuple[Seat, ...]) -> Seat:
    """The next in order of joining after whoever had the floor last."""
    last = max(room.seats, key=lambda seat: seat.floor)
    if last.floor < 0:
        return models[0]
    after = room.seats.index(last) + 1
    return next(seat for seat in (*room.seats[after:], *room.seats[:after]) if seat in models)


def _drawn(room: Room, models: tuple[Seat, ...]) -> Seat:
    """One of those who were not heard this round, and not the one who just spoke."""
    waiting = [seat for seat in models if seat.id not in room.heard] or list(models)
    last = max(models, key=lambda seat: seat.floor)
    fresh = [seat for seat in waiting if seat is not last or last.floor < 0] or waiting
    # A choice of the place as well as the seed: a resumed room draws as an unbroken one.
    draw = Random(f"{room.opened.seed}/{room.turns}/{room.rounds}")  # noqa: S311 - an order, no secret
    return draw.choice(fresh)


def _addressed(room: Room, models: tuple[Seat, ...]) -> Seat | None:
    """Whom the last line names with an `@`: by id, or by name where that is one model's."""
    for entry in reversed(room.recent):
        if not isinstance(entry.event, Spoke):
            continue
        found: list[tuple[int, Seat]] = []
        for seat in models:
            # Whoever had the floor since, be it to be passed over, has been answered to.
            if seat.id == entry.event.author or seat.floor > entry.place:
                continue
            for name in {seat.id, seat.participant.name}:
                pattern = rf"@{re.escape(name)}(?![\w-])"
                if name and (hit := re.search(pattern, entry.event.text, re.IGNORECASE)):
                    found.append((hit.start(), seat))
        return min(found, key=lambda pair: pair[0])[1] if found else None
    return None
