"""The `bytes` provider: what the byte model is told of a request, and how its turn streams."""

from collections.abc import AsyncGenerator, Sequence

import pytest

from agents.errors import Broken
from agents.prompts import ask
from agents.providers.base import Delta, Finished, Line, Piece, Request
from agents.providers.bytes import TEMPERATURE, Asked, Bytes, Said, heard
from agents.providers.switch import Switch
from tests.fakes import START, opened
from transcripts import events as e
from transcripts.events import Entry
from transcripts.participants import Participant
from transcripts.room import reduced


class Parrot:
    """Says what it is given, and remembers what it was asked."""

    def __init__(self, *pieces: Said) -> None:
        self.pieces = pieces
        self.asked: list[Asked] = []
        self.closed = False

    async def speak(self, asked: Asked) -> AsyncGenerator[Said, None]:
        self.asked.append(asked)
        try:
            for piece in self.pieces:
                yield piece
        finally:
            self.closed = True


def request(*lines: Line, **more: object) -> Request:
    return Request(model="bytes/small", lines=lines, speaker="AI-2", **more)  # type: ignore[arg-type] - fields of a request


async def streamed(parrot: Parrot, asked: Request) -> list[Piece]:
    return [piece async for piece in Bytes(parrot).stream(asked)]


async def test_pieces_come_as_they_are_written_and_the_end_says_how() -> None:
    parrot = Parrot(Said("Grüß ", False), Said("dich.", False), Said("", True))
    pieces = await streamed(
        parrot, request(Line("user", "[AI-1 (Ada)]: Hello"), temperature=0.5)
    )
    assert pieces[:2] == [Delta("Grüß "), Delta("dich.")]
    assert pieces[2] == Finished(
        reason="stop", tokens_in=5, tokens_out=12, dollars=0.0, temperature=0.5
    )


async def test_a_turn_that_fills_its_room_ends_for_its_length() -> None:
    parrot = Parrot(Said("12345678", False))
    [_, end] = await streamed(parrot, request(max_tokens=8))
    assert isinstance(end, Finished)
    assert (end.reason, end.temperature) == ("length", TEMPERATURE)


async def test_a_turn_that_stops_without_an_end_is_broken() -> None:
    with pytest.raises(Broken, match="without an end"):
        await streamed(Parrot(Said("12", False)), request(max_tokens=8))


async def test_closing_the_stream_closes_the_turn() -> None:
    parrot = Parrot(*[Said("word ", False)] * 50)
    stream = Bytes(parrot).stream(request())
    assert await anext(stream) == Delta("word ")
    assert not parrot.closed
    await stream.aclose()
    assert parrot.closed


async def test_ids_before_the_slash_find_it() -> None:
    parrot = Parrot(Said("hm", True))
    switch = Switch(others={"bytes": Bytes(parrot)})
    pieces = [piece async for piece in switch.stream(request())]
    assert pieces[0] == Delta("hm")


@pytest.mark.parametrize(
    ("text", "turns"),
    [
        ("[AI-1 (Ada)]: Hello\nyou two\n\n[person (Jo)]: Hi", [("AI-1", "Hello\nyou two"), ("you", "Hi")]),
        ('<room>A bench.</room>\n<room to="you">You begin.</room>', [("room", "A bench.")]),
        ("<room>two\nlines</room>\n\n[AI-3 (B]ob)]: x: [y]: z", [("room", "two\nlines"), ("AI-3", "x: [y]: z")]),
        ("plain words", [("you", "plain words")]),
        ("", []),
    ],
)  # fmt: skip
def test_user_lines_are_cut_where_speakers_change(
    text: str, turns: Sequence[tuple[str, str]]
) -> None:
    assert heard(request(Line("user", text))).turns == tuple(turns)


def test_what_a_room_asks_is_told_as_the_turns_it_had() -> None:
    said = [
        e.Joined(participant=Participant(id="AI-1", name="Ada", model="m")),
        e.Joined(participant=Participant(id="AI-2", name="Bo", model="bytes/small")),
        e.Spoke(author="AI-1", text="Three lamps.\n[AI-2 (Bo)]: mine"),
        e.Spoke(author="AI-2", text="No."),
        e.Whispered(author="AI-1", to="AI-2", text="secret"),
        e.Spoke(author="you", text="Which lamps?"),
    ]
    entries = [Entry(place, START, event) for place, event in enumerate([opened(), *said])]
    asked = heard(ask(reduced(entries), "AI-2", carried="0 you: a lamp", max_tokens=99))
    assert asked.carried == "0 you: a lamp"
    assert (asked.speaker, asked.most) == ("AI-2", 99)
    assert [turn for turn in asked.turns if turn[0] != "room"] == [
        ("AI-1", "Three lamps.\n> [AI-2 (Bo)]: mine"),
        ("AI-2", "No."),
        ("AI-1", "secret"),
        ("you", "Which lamps?"),
    ]
