"""`enfold generate`: the byte model writes on, or talks with you. It babbles."""

import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from memory.errors import ModelError
from memory.models.shipping import MISSING, shipped
from tui.printing import data, finite, plain, safe, say

if TYPE_CHECKING:
    from memory.models.sampling import Sampling
    from memory.models.speaking import Standing, Voice, Written

PIECE = 32
"""Bytes written between two looks at the terminal."""

PROMPT_BYTES = 1_000_000
"""Of a prompt, at most."""

_F = TypeVar("_F", bound=Callable[..., Any])
_STYLES = ((None, True), (None, False), ("yellow", False), ("red", False))
"""Colour, and whether dim: for entropies below `low`, `medium`, `high`, and above."""


@click.group("generate", epilog="Example: enfold generate standard 'Once upon a' --seed 7")
def generate_command() -> None:
    """Have the byte model write.

    It is small: it knows how talk looks, not what it means. Nothing leaves this machine.
    """


def _options(command: _F) -> _F:
    """Add what both ways have."""
    for option in (
        click.option("--model", type=click.Path(path_type=Path, dir_okay=False, exists=True),
                     help="A model file (.hqlm) instead of the shipped one."),
        click.option("--temperature", type=click.FloatRange(0, 2), default=0.8, callback=finite,
                     show_default=True, help="0 takes the likeliest byte every time."),
        click.option("--max", "--max-length", "most", type=click.IntRange(1, 1_000_000),
                     default=400, show_default=True, help="Bytes, at most."),
        click.option("--seed", type=int, help="Draw from this, so a run can be repeated."),
        click.option("--low-entropy", "low", type=click.FloatRange(0, 8), default=0.3,
                     callback=finite, show_default=True,
                     help="Bits below which the likeliest byte is taken."),
        click.option("--medium-entropy", "medium", type=click.FloatRange(0, 8), default=1.2,
                     callback=finite, show_default=True,
                     help="Bits below which one of the ten likeliest is."),
        click.option("--high-entropy", "high", type=click.FloatRange(0, 8), default=2.5,
                     callback=finite, show_default=True,
                     help="Bits from which the far less likely is left out."),
        click.option("--entropy", "shown", is_flag=True,
                     help="Colour each letter by how open it was; sum up on stderr."),
    ):  # fmt: skip
        command = option(command)
    return command


@generate_command.command(
    "standard",
    epilog="Example: enfold generate standard 'The lamp went out' --max 200 --seed 7\n\n"
    "Example: head -c 2000 notes.txt | enfold generate standard -",
)
@click.argument("prompt", default="")
@click.option("--file", type=click.File("rb"), help="Read the prompt from here.")
@click.option("--json", "as_json", is_flag=True, help="Print an object.")
@_options
def standard_command(prompt: str, file: Any, as_json: bool, **how: Any) -> None:
    """Go on with PROMPT, and print what comes after it; - reads it from stdin.

    Ends where the model ends the text, or after --max bytes.
    """
    if prompt and file is not None:
        raise click.UsageError("give a PROMPT or --file, not both")
    begun = prompt.encode("utf-8", "surrogateescape")
    if file is not None or prompt == "-":
        begun = (file or sys.stdin.buffer).read(PROMPT_BYTES + 1)
    if len(begun) > PROMPT_BYTES:
        raise click.UsageError(f"a prompt of more than {PROMPT_BYTES:,} bytes")
    voice, sampling, seed = _ready(**how)
    standing = voice.begun(voice.hear(b"", [], b"", seed=seed), begun)
    pieces: list[Written] = []
    for written in _written(voice, standing, sampling, how["most"]):
        pieces.append(written)
        if not as_json:
            _print(written, sampling, coloured=how["shown"])
    entropy = [bits for written in pieces for bits in written.entropy]
    if as_json:
        data(
            {
                "text": b"".join(written.text for written in pieces).decode(),
                "ended": pieces[-1].ended,
                "seed": seed,
                "entropy": [bits / 1000 for bits in entropy],
            }
        )
        return
    click.echo()
    if how["shown"]:
        _sum_up(entropy)


@generate_command.command(
    "interactive", epilog="Example: enfold generate interactive --temperature 0.6"
)
@_options
def interactive_command(**how: Any) -> None:
    """Talk with the model, a line each; it keeps its state from turn to turn.

    An empty line lets it speak again. Ctrl-D ends.
    """
    voice, sampling, seed = _ready(**how)
    if sys.stdin.isatty():
        say("it babbles; an empty line lets it go on, Ctrl-D ends")
    state = b""
    for number, line in enumerate(_lines()):
        turns = [(b"you", line)] if line else []
        standing = voice.hear(state, turns, b"AI-1", seed=seed + number)
        entropy: list[int] = []
        for written in _written(voice, standing, sampling, how["most"]):
            _print(written, sampling, coloured=how["shown"])
            entropy += written.entropy
            standing = written.standing
        click.echo()
        if how["shown"]:
            _sum_up(entropy)
        state = voice.over(standing)


def _ready(
    *,
    model: Path | None,
    temperature: float,
    seed: int | None,
    low: float,
    medium: float,
    high: float,
    most: int,
    shown: bool,
) -> tuple["Voice", "Sampling", int]:
    """Return who speaks, how, and the seed."""
    path = model or shipped()
    if path is None or not path.is_file():
        raise ModelError(MISSING)
    if not low <= medium <= high:
        raise click.UsageError("--low-entropy, --medium-entropy and --high-entropy must rise")
    from memory.models.choice import opened
    from memory.models.sampling import Sampling
    from memory.models.speaking import Voice

    voice = Voice(opened(path).guesser())
    thousandths = (round(value * 1000) for value in (temperature, low, medium, high))
    chance = int.from_bytes(os.urandom(6), "little") if seed is None else seed
    return voice, Sampling(*thousandths), chance


def _written(
    voice: "Voice", standing: "Standing", sampling: "Sampling", most: int
) -> Iterator["Written"]:
    while most > 0:
        written = voice.write(standing, sampling, most=PIECE, room=most)
        yield written
        if written.ended:
            return
        standing = written.standing
        most -= len(written.text)


def _lines() -> Iterator[bytes]:
    """Yield what the person says, a line each."""
    asks = sys.stdin.isatty()
    while True:
        if asks:
            click.echo("> ", nl=False, err=True)
        line = sys.stdin.buffer.readline(PROMPT_BYTES)
        if not line:
            if asks:
                click.echo(err=True)
            return
        yield line.rstrip(b"\r\n")


def _print(written: "Written", sampling: "Sampling", *, coloured: bool) -> None:
    text = written.text.decode()
    if not coloured or plain():
        click.echo(safe(text), nl=False)
        return
    at = 0
    for char in text:
        size = len(char.encode())
        bits = max(written.entropy[at : at + size])
        at += size
        limits = (sampling.low, sampling.medium, sampling.high)
        colour, dim = _STYLES[sum(bits >= limit for limit in limits)]
        click.secho(safe(char), nl=False, fg=colour, dim=dim)


def _sum_up(entropy: list[int]) -> None:
    mean = sum(entropy) / max(1, len(entropy)) / 1000
    say(f"{len(entropy)} bytes, {mean:.2f} bits a byte to choose from")
