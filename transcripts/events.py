"""Everything that can happen in a room.

An event says *what* happened and nothing else; *when* and *in which place* are the log's
to say, see `Entry`. Events never change after they are made: the transcript is their list,
and the room is what you get by reading it from the top.

Fields that many events share:

`by`      id of the participant that caused it; `you` for the person, `room` for the engine.
`cause`   the command that asked for it, as place of the message and index within it.
`result`  what the caller alone is told. One a command, always.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias, get_args

from transcripts.participants import ROOM, Participant


@dataclass(frozen=True, slots=True)
class Cause:
    """One command of one message."""

    place: int
    """Place of the message in the log."""
    index: int
    """0 for its first command."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the log."""

    first: int
    """First place, inclusive."""
    last: int
    """Last place, inclusive."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a fork comes from."""

    room: str
    place: int
    """Last place taken over, inclusive."""
    by: str = "fork"
    """What for: `fork`, `regenerate`, `continue`, `edit` or `retry`."""
    line: int | None = None
    """Place in the origin of the message it was done to; `None` for no message."""
    author: str = ""
    """Whose message that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a reply took. `None` where the provider did not say: unknown is not nothing."""

    model: str = ""
    requested: float | None = None
    """Temperature asked for."""
    effective: float | None = None
    """Temperature sent, after the provider's limits; `None` if none was sent."""
    tokens_in: int | None = None
    tokens_out: int | None = None
    dollars: float | None = None
    estimated_dollars: float | None = None
    """What it may have cost by the list of prices, where the provider did not say."""
    seconds: float = 0.0
    first: float | None = None
    """Seconds to the first piece."""
    sent: int = 0
    """Bytes of context sent, UTF-8, all messages of the request."""
    carried: int = 0
    """Of those, bytes of rendered cc."""
    recalled: int = 0
    """Of those, bytes of older lines that came back; what the newest lines were told for the
    rest is not in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """Limits. Reaching one pauses and asks, or declines with a reason; never in silence."""

    seats: int = 5
    """Models in the room at once; 12 at most."""
    images: int = 20
    """Pictures a session."""
    turns: int | None = 100
    """Turns a session."""
    tokens: int | None = None
    """In and out together, a session."""
    dollars: float | None = 1.0
    seconds: float | None = None
    """Time a session runs."""
    per_turn: dict[str, int] = field(
        default_factory=lambda: {
            "image": 1,
            "add_ai": 1,
            "prompt": 1,
            "prompt_clear": 1,
            "temperature": 1,
            "search": 1,
            "whisper": 2,
            "vote": 2,
            "remove_ai": 1,
            "mute_self": 1,
            "list_models": 1,
            "leave": 1,
        }
    )
    """Commands a turn, by verb; a verb not named has a limit of 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """The room was made. Always the first entry, and never another."""

    title: str
    scenario: str = ""
    """Name or file of the scenario it was made from."""
    variables: dict[str, str] = field(default_factory=dict[str, str])
    """The scenario's variables that were set otherwise than in its file."""
    house: str = ""
    """What every model is told first: the scenario's prompt and house rules."""
    order: str = "round_robin"
    """Who is next: `round_robin`, `random`, `mention` or `person`."""
    carrier: str = "text"
    budget: int = 2048
    """Bytes of cc, at most."""
    window: int = 6
    """Lines told word for word, at least."""
    recall: int = 2048
    """Bytes of older lines that a speaker is told because they belong to what is being said,
    at most; what those leave goes to the newest lines beyond the window. 0 for none."""
    seed: int | None = None
    caps: Caps = field(default_factory=Caps)
    approvals: dict[str, str] = field(default_factory=dict[str, str])
    """`auto`, `ask` or `deny` by verb, or by `AI-1/verb`; not named means `auto`."""
    duplicates: str = "deny"
    """Inviting a model that is here already: `allow`, `ask` or `deny`."""
    inline: bool = False
    """Old scenario files: commands fire anywhere in a line."""
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The room was read from a foreign file."""

    file: str
    """Its name, without folders."""
    format: str
    sha256: str
    """Of the file's bytes."""
    bytes: int
    repairs: dict[str, int] = field(default_factory=dict[str, int])
    """How often each kind of repair was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A participant took a seat."""

    participant: Participant
    by: str = ROOM
    greeting: str = ""
    """Words of welcome from the inviter, said to all."""
    cause: Cause | None = None
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """A participant gave up its seat, or was voted or sent out."""

    participant: str
    by: str
    reason: str = ""
    cause: Cause | None = None
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Queued:
    """The person wrote while somebody was speaking. `Spoke` or `Whispered` follows."""

    author: str
    text: str
    to: str = ""
    """Whispered to this participant; empty for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unqueued:
    """A line that was waiting to be spoken was taken back."""

    queued: int
    """Place of the `Queued` entry."""
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoke:
    """Someone finished a line, or was cut off in it."""

    author: str
    text: str
    """As written, byte for byte, with its commands still in it."""
    reasoning: str = ""
    """The channel beside the answer. Stored; never parsed for commands, never shared."""
    cut: str = ""
    """Empty if whole; else why not: `stopped`, `length`, `broken`, `crash`."""
    usage: Usage | None = None
    queued: int | None = None
    """Place of the `Queued` entry that this line was."""
    heard: int | None = None
    """Place the log had reached when the speaker was asked: what came while it spoke, from
    here to this line, it has not heard. `None` for nothing."""
    stripped: str = ""
    """The speaker's own label that stood in front of `text`, as models echo it."""
    unsaid: str = ""
    """The end of a line that was cut off inside a private command: kept, told to nobody."""
    foreign: tuple[str, ...] = ()
    """Labels of others at the start of lines: it spoke for them."""
    edited: str = ""
    """Who changed the words after they were said, in a fork; empty for nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faltered:
    """Someone had the turn and could not finish it. Never anybody's speech."""

    author: str
    error: str
    """Class of the failure, as `agents.errors` names it: `Unauthorised`, `RateLimited`, …"""
    detail: str
    attempts: int = 1
    usage: Usage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Benched:
    """A participant failed too often in a row and is left out until somebody brings it back."""

    participant: str
    failures: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """A benched or muted participant takes turns again."""

    participant: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A participant's turn was passed over."""

    participant: str
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptAdded:
    """A participant added a line to its own instructions."""

    participant: str
    text: str
    by: str
    cause: Cause | None = None
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptRemoved:
    """Lines of a participant's own instructions were taken away."""

    participant: str
    texts: tuple[str, ...]
    by: str
    cause: Cause | None = None
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TemperatureSet:
    """A participant asked for a temperature. May be the one it had: see `changed`."""

    participant: str
    requested: float
    """0 to 2, after clamping."""
    effective: float | None
    """What its provider will be sent; `None` if it takes none, or is not known."""
    changed: bool
    by: str
    cause: Cause | None = None
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Muted:
    """A participant listens for some of its turns."""

    participant: str
    turns: int
    by: str
    cause: Cause | None = None
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whispered:
    """A line for one participant alone. The person sees all of them."""

    author: str
    to: str
    text: str
    cause: Cause | None = None
    result: str = ""
    queued: int | None = None
    """Place of the `Queued` entry that this was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollOpened:
    """A question to all, or a motion to remove somebody."""

    poll: str
    """`P1`, `P2`, … within the room."""
    question: str
    options: tuple[str, ...]
    by: str
    removes: str = ""
    """The participant whose removal is moved; empty for a plain poll."""
    cause: Cause | None = None
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voted:
    """A voice in a poll. The last one of each voter counts."""

    poll: str
    choice: str
    by: str
    cause: Cause | None = None
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PollClosed:
    """A poll is over: everybody voted, a motion has its majority, or the person decided."""

    poll: str
    outcome: str
    by: str = ROOM


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRequested:
    """A picture was asked for: the job is queued."""

    image: str
    """`I1`, `I2`, … within the room."""
    prompt: str
    by: str
    cause: Cause | None = None
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageStarted:
    """A painter took the job."""

    image: str
    painter: str
    """Its name, shown: `sketch`, `openai/gpt-image-1`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageCreated:
    """A picture is done."""

    image: str
    file: str = ""
    """Name in the room's `images` folder, its SHA-256 and ending; empty for imports that
    lost the picture."""
    sha256: str = ""
    mime: str = ""
    width: int = 0
    height: int = 0
    bytes: int = 0
    painter: str = ""
    dollars: float | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageFailed:
    """A picture did not come, or was called off."""

    image: str
    reason: str
    cancelled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """A search was made for all to read. Its hits are the web's words, not the room's."""

    query: str
    hits: tuple[str, ...]
    """Title, address and snippet of each, as text."""
    by: str
    cause: Cause | None = None
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A command that only tells its caller something, like `!list_models`."""

    verb: str
    by: str
    cause: Cause | None = None
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declined:
    """A command was not carried out; `result` says why and what would work."""

    verb: str
    argument: str
    by: str
    cause: Cause | None = None
    result: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalAsked:
    """A command waits for the person."""

    approval: str
    """`A1`, `A2`, … within the room."""
    verb: str
    argument: str
    by: str
    cause: Cause | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalGiven:
    """The person decided on a waiting command."""

    approval: str
    granted: bool
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A setting of the room.

    `title`, `order`, `next`, `window`, `continuity.threshold`, `continuity.policy`,
    `model.AI-1`, `caps.turns`, `approvals.image`, and others of the last two kinds.
    """

    setting: str
    value: str
    """As text; JSON where it is not plain."""
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paused:
    """The room stands still."""

    reason: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """The room goes on."""

    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """cc took in a stretch. The transcript itself stays whole."""

    first: int
    """First place taken in, inclusive."""
    last: int
    """Last place taken in, inclusive."""
    carrier: str
    size: int
    """Bytes of cc after it."""
    digest: str
    """SHA-256 of cc after it, hexadecimal."""
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Recollection:
    """A stretch of the room's past that came back to a speaker, without its words."""

    first: int
    """Place of its first line, inclusive."""
    last: int
    """Place of its last line, inclusive."""
    author: str
    """Id of who said the line it was found by."""
    score: int
    """The higher the better; comparable within one `Recalled` only."""
    why: tuple[str, ...] = ()
    """Words of what is being said that were found in it."""
    bytes: int = 0
    """As told, with its source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """Who is about to speak was told older lines that belong to what is being said.

    What they say is in the log already, so only where is written here.
    """

    participant: str
    pieces: tuple[Recollection, ...]
    """As told, in that order."""
    size: int = 0
    """Bytes of all pieces as told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Laminated:
    """A stretch of the room became a lamina: coded by itself, and found by an index row."""

    first: int
    """First place, inclusive."""
    last: int
    """Last place, inclusive."""
    why: str = ""
    """What the keeper had measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delaminated:
    """A lamina was split. Its parts hold all of its words."""

    first: int
    last: int
    parts: tuple[Span, ...]
    """In order; they tile the stretch."""
    why: str = ""
    by: str = ROOM


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """Laminae beside each other became one again."""

    parts: tuple[Span, ...]
    """As they were, in order."""
    why: str = ""
    by: str = ROOM


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """How well a finished turn goes on from what its speaker was given: counted, not judged."""

    line: int
    """Place of the `Spoke` entry."""
    none: int
    """Bits that its words tell somebody who was given nothing."""
    sent: int
    """Bits that they tell somebody who was given what the speaker was given."""
    full: int
    """Bits that they tell somebody who was given the talk word for word."""
    score: int
    """Percent of what the talk is worth that what was sent was worth, over the newest scored
    turns; 0 to 100."""
    verifier: str
    """Beginning of the digest of who counted; figures of different ones are not compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slipped:
    """The score fell below what the person asks for."""

    score: int
    threshold: int
    act: str = "notice"
    """What is done about it: `notice`, `widen` or `delaminate`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rewritten:
    """Old lines go back into cc: the next fold weighs them again beside what is new."""

    places: tuple[int, ...]
    """Of the lines, in order."""
    size: int = 0
    """Bytes of what they say."""
    why: str = ""
    by: str = ROOM
    let_go: bool = False
    """It is taken back instead: they are lines like all others, and do not come back again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """The log ended in half a line, from a crash. The half is kept beside it."""

    bytes: int
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unplaced:
    """A line of an imported file that fits nowhere. Kept, and listed by `import`."""

    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """An event of a kind that this version does not know. Kept as it stands."""

    kind: str
    body: dict[str, Any]


Event: TypeAlias = (
    Opened
    | Imported
    | Joined
    | Left
    | Queued
    | Unqueued
    | Spoke
    | Faltered
    | Benched
    | Returned
    | Skipped
    | PromptAdded
    | PromptRemoved
    | TemperatureSet
    | Muted
    | Whispered
    | PollOpened
    | Voted
    | PollClosed
    | ImageRequested
    | ImageStarted
    | ImageCreated
    | ImageFailed
    | Searched
    | Answered
    | Declined
    | ApprovalAsked
    | ApprovalGiven
    | Changed
    | Paused
    | Resumed
    | Folded
    | Recalled
    | Laminated
    | Delaminated
    | Merged
    | Rewritten
    | Scored
    | Slipped
    | Repaired
    | Unplaced
    | Unknown
)

KINDS: dict[str, type[Any]] = {kind.__name__: kind for kind in get_args(Event)}
"""Every kind by the name it has in the log."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where an imported entry stood in its file."""

    line: int
    """1 for the first."""
    text: str = ""
    """The line or lines as they stood, after repairs; empty for messages, whose text is
    in the event."""
    more: tuple[str, ...] = ()
    """Further lines of the file that told the same, each as `text`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An event in its place in the log."""

    place: int
    """0 for the first entry; no gaps."""
    at: datetime
    """UTC."""
    event: Event
    source: Source | None = None
