"""The one place that wires: settings and a room go in, a session comes out.

Everything heavy is imported here, when a room is really opened.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from agents.catalogue.additions import added
from agents.catalogue.catalogue import Catalogue
from agents.catalogue.models import BYTES, SCRIPTED, Model, missing_key
from agents.catalogue.servers import find_servers
from agents.catalogue.table import KEYS, listed
from agents.errors import ScenarioError, UnknownModel
from agents.painters.base import Painter
from agents.providers.base import Provider
from agents.scenarios import scenario as scenarios
from agents.scenarios.scenario import Scenario
from harness.archive import Archive
from harness.archiving import restore
from harness.clock import Clock
from harness.config import Settings
from harness.errors import NoSuchRoom
from harness.evaluation.standing import COUNTER
from harness.keeper import Keeper, utterances
from harness.lamination import Lamination
from harness.library import Library, is_address, scripted
from harness.paths import Paths, made
from harness.recollection import Past
from harness.rooms import Rooms
from harness.scoring import Scoring
from harness.searching import Searcher
from harness.session.means import Means
from harness.session.session import Session
from harness.voice import BABBLE, FarReader, FarSpeaker, here, needed
from harness.worker import Worker
from transcripts import events as e
from transcripts.events import Entry
from transcripts.log import Log
from transcripts.participants import PERSON, Participant
from transcripts.room import Room, Seat, reduced

if TYPE_CHECKING:
    from agents.providers.retry import Patience


def find_scenario(
    name: str, paths: Paths, settings: Settings, variables: Mapping[str, str] | None = None
) -> Scenario:
    """Return the scenario of that name: a file, the person's own, or a bundled one.

    Raises:
        ScenarioError: There is none, or it cannot be used.
    """
    name = name or settings.room.scenario or scenarios.default()
    own = paths.scenarios / f"{name}.toml"
    return scenarios.load(own if own.is_file() else name, variables)


async def new_room(
    rooms: Rooms,
    scenario: Scenario,
    paths: Paths,
    settings: Settings,
    now: Clock,
    *,
    seed: int | None = None,
    carrier: str = "",
    opening: str | None = None,
    dollars: float | None = None,
    turns: int | None = None,
) -> str:
    """Make a room from `scenario`, cast seated and opening said; return its id.

    Args:
        rooms: Where.
        scenario: Who is in it, and what they are told. Models may be named as the
            catalogue knows them.
        paths: For the catalogue.
        settings: What the scenario does not say.
        now: The clock.
        seed: For everything that is drawn; the scenario's own if `None`.
        carrier: Instead of the scenario's.
        opening: First line of the person's, instead of the scenario's.
        dollars: Budget of a sitting, instead of the scenario's.
        turns: Likewise.

    Raises:
        UnknownModel: The cast has a model that nobody knows.
        ModelError: The cast or the carrier needs the byte model, and there is none.
    """
    if any(role.model.startswith(f"{BYTES}/") for role in scenario.cast):
        needed(f"scenario {scenario.name!r}")
    way = carrier or scenario.carrier
    if way == "state" or (
        way == e.Opened(title="").carrier and settings.room.carrier == "state"
    ):
        needed('carrier "state"')
    cast = [await _seated(one, scenario, paths) for one in scenario.participants()]
    opened = _with_settings(scenario.opened(seed), settings)
    bundled = scenario.path.parent == scenarios.FOLDER
    caps = opened.caps
    if dollars is not None:
        caps = replace(caps, dollars=dollars)
    if turns is not None:
        caps = replace(caps, turns=turns)
    opened = replace(
        opened,
        scenario=scenario.name if bundled else str(scenario.path.absolute()),
        variables=scenario.variables,
        carrier=carrier or opened.carrier,
        caps=caps,
    )
    began = now.now()
    events: list[e.Event] = [opened]
    if opening is not None or (scenario.opening and scenario.opening_by == PERSON):
        events.append(e.Joined(participant=Participant(id=PERSON, name="You", model="")))
    events += [e.Joined(participant=participant) for participant in cast]
    if opening is not None:
        events.append(e.Spoke(author=PERSON, text=opening))
    elif scenario.opening:
        events.append(e.Spoke(author=scenario.opening_by, text=scenario.opening))
    # In one write: a kill must not leave half a cast.
    timed = [(began, opened, None), *((now.now(), event, None) for event in events[1:])]
    return await asyncio.to_thread(rooms.import_, timed, title=opened.title, now=began)


async def _seated(participant: Participant, scenario: Scenario, paths: Paths) -> Participant:
    """Return one of the cast with the model id that its provider understands."""
    if participant.model.startswith("scripted/") or is_address(participant.model):
        return participant
    known = (await library(paths, scenario, probe=False)).catalogue
    found = _known(participant.model, known)
    if found is None:
        return participant
    return replace(participant, model=found.id, vision=participant.vision or found.vision)


def _known(model: str, catalogue: Catalogue) -> Model | None:
    """Return the model meant, `None` for an id that no catalogue lists but may well be.

    A provider may have models that are newer than our table; they are named with their
    provider and a slash.

    Raises:
        UnknownModel: It is neither.
    """
    try:
        return catalogue.resolve(model)
    except UnknownModel:
        if "/" in model:
            return None
        raise


def unknown_models(scenario: Scenario, catalogue: Catalogue) -> list[str]:
    """Return a line for each of the cast whose model nobody knows."""
    problems: list[str] = []
    for role in scenario.cast:
        if role.model.startswith("scripted/") or is_address(role.model):
            continue
        try:
            _known(role.model, catalogue)
        except UnknownModel as error:
            problems.append(f"{scenario.path.name}: cast {role.name!r}: {error}")
    return problems


def ready(scenario: Scenario, paths: Paths, catalogue: Catalogue | None = None) -> list[str]:
    """Return a line for whatever `scenario` lacks to run here; empty if it lacks nothing.

    Nobody is asked over the network, so a server that is not running is not noticed.

    Args:
        scenario: Any.
        paths: For the person's own additions to the catalogue.
        catalogue: What `library` found, with this machine's servers; else what is listed.

    Raises:
        CatalogueError: The person's additions cannot be read.
    """
    wanted = [
        (f"AI-{number}", role.model)
        for number, role in enumerate(scenario.cast, start=1)
        if not (role.script or role.model.startswith("scripted/") or is_address(role.model))
    ]
    if scenario.painter not in ("", "sketch"):
        wanted.append(("the painter", scenario.painter))
    if not wanted:
        return []
    known = catalogue or Catalogue([*listed(), BABBLE, *added(paths.models)])
    lines: list[str] = []
    for who, name in wanted:
        try:
            model = known.resolve(name, images=who == "the painter")
        except UnknownModel as error:
            provider = name.partition("/")[0]
            # It may be newer than our table; its provider is not.
            model = Model(id=name, name=name, provider=provider, key=KEYS.get(provider, ""))
            if "/" not in name:
                lines.append(f"{who}: {error}")
                continue
        if model.provider == BYTES:
            if here() is None:
                lines.append(f"{who} needs the byte model, and none is here")
        elif model.provider != SCRIPTED and (key := missing_key(model)):
            lines.append(f"{who} needs {key}")
    return lines


def _with_settings(opened: e.Opened, settings: Settings) -> e.Opened:
    """Fill in from the settings what the scenario left at its default."""
    plain = e.Opened(title="")
    budget = settings.budget
    caps = opened.caps
    wished = {
        "turns": budget.turns or None,
        "tokens": budget.tokens or None,
        "dollars": budget.dollars or None,
        "seconds": budget.seconds or None,
    }
    unsaid = {
        name: value
        for name, value in wished.items()
        if getattr(caps, name) == getattr(plain.caps, name)
    }
    room = settings.room
    return replace(
        opened,
        caps=replace(caps, **unsaid),
        carrier=room.carrier if opened.carrier == plain.carrier else opened.carrier,
        budget=room.budget if opened.budget == plain.budget else opened.budget,
        recall=room.recall if opened.recall == plain.recall else opened.recall,
        window=room.window if opened.window == plain.window else opened.window,
    )


def warm() -> None:
    """Import what opening a room takes. Blocks for half a second the first time."""
    for name in (
        "agents.painters.sketch",
        "agents.providers.bytes",
        "agents.providers.retry",
        "agents.providers.scripted",
        "agents.providers.switch",
        "memory.bank.bank",
        "memory.cc.carriers",
    ):
        import_module(name)


@asynccontextmanager
async def open_session(
    rooms: Rooms,
    room_id: str,
    paths: Paths,
    settings: Settings,
    now: Clock,
    *,
    attended: bool = False,
    pace: float = 0.0,
    known: Sequence[Entry] = (),
    room: Room | None = None,
    over: Callable[[Provider], Provider] | None = None,
) -> AsyncGenerator[Session, None]:
    """Open the room for writing and yield its session, ready to run.

    An archived room's log is brought back first.

    Whatever reads, writes or reduces runs in threads: a long room keeps no event loop waiting.

    Args:
        rooms: Where it is.
        room_id: Its id.
        paths: For the catalogue and the bank.
        settings: How patient to be, and who draws and searches.
        now: The clock.
        attended: A person is there, to wait for and to ask.
        pace: Seconds before each word of a scripted model, for somebody to read along.
        known: The log's first entries, where somebody has read them; with `room`.
        room: What `known` amounts to.
        over: Returns who is asked in place of the provider, which it is given, to be asked in
            turn.

    Raises:
        RoomBusy: Somebody else writes it.
        TranscriptError: Its log cannot be read or written.
        BankError: The bank cannot be used.
    """
    await asyncio.to_thread(warm)
    from agents.providers.bytes import Bytes
    from agents.providers.retry import Retrying
    from agents.providers.scripted import Scripted
    from agents.providers.switch import Switch
    from memory.bank.bank import Bank
    from memory.cc.carriers import carrier

    path = rooms.log(room_id)
    if not path.parent.is_dir():
        raise NoSuchRoom(f"no room {room_id!r}")
    async with AsyncExitStack() as things:
        if rooms.archived(room_id):
            await asyncio.to_thread(restore, rooms, room_id)
        log, room = await asyncio.to_thread(_read, path, now.now(), known, room)
        things.push_async_callback(asyncio.to_thread, log.close)
        scenario = await asyncio.to_thread(_scenario_of, room)
        script = scenario.script if scenario else {}
        players = Scripted(script, pace=pace)
        for seat in room.seats:
            players.skip(
                seat.id if seat.id in script else seat.participant.model, _played(seat)
            )
        seed = room.opened.seed
        chance = random.Random(seed)  # noqa: S311 - jitter, no secret
        worker = Worker()
        things.push_async_callback(asyncio.to_thread, worker.close)
        speaker = FarSpeaker(worker, here(), seed=seed)
        switch = Switch(players, others={BYTES: Bytes(speaker)})
        provider: Provider = Retrying(switch, patience(settings), chance=chance)
        if over is not None:
            provider = over(provider)
        probe = not (scenario is not None and scenario.scripted)
        models = await library(paths, scenario, probe=probe)
        painter = _painter(scenario.painter if scenario else settings.paint.painter, models)
        bank = await asyncio.to_thread(Bank, paths.bank)
        things.push_async_callback(asyncio.to_thread, bank.close)
        way = carrier(room.opened.carrier, room.opened.budget, _reader(room, worker))
        keeper = Keeper(room_id, way, bank, now)
        past = Past(room_id, bank.laminae)
        archive = Archive(room_id, bank, worker)
        coded = None if seed is None or attended else archive.settled
        means = Means(
            provider=provider,
            painter=painter,
            models=models,
            keeper=keeper,
            past=past,
            lamination=Lamination(room_id, bank, worker, past, coded),
            archive=archive,
            clock=now,
            images=made(rooms.images(room_id)),
            draft=rooms.draft(room_id),
            attended=attended,
            patient=seed is not None,
            max_tokens=settings.provider.max_tokens,
            scoring=_scoring(settings, worker, attended=attended),
            searcher=Searcher(settings.search) if settings.search.url else None,
        )
        session = Session(log, means, room)
        if room.opened.carrier == "state":
            speaker.follow(lambda: _standing(session, keeper))
        yield session


def patience(settings: Settings) -> "Patience":
    """Return how long to wait for replies, and how often to ask."""
    from agents.providers.retry import Patience

    provider = settings.provider
    return Patience(
        first_token=provider.first_token,
        idle=provider.idle,
        total=provider.total,
        tries=provider.tries,
    )


def _scoring(settings: Settings, worker: Worker, *, attended: bool) -> Scoring | None:
    """What scores the turns of a room, where the person wants it."""
    wanted = settings.continuity
    if wanted.live == "never" or (wanted.live == "screen" and not attended):
        return None
    return Scoring(worker, COUNTER, threshold=wanted.threshold, policy=wanted.policy)


def _reader(room: Room, worker: Worker) -> FarReader | None:
    """What reads for the room's carrier, where that takes one.

    Raises:
        ModelError: It does, and there is no byte model.
    """
    if room.opened.carrier != "state":
        return None
    return FarReader(worker, needed('carrier "state"'))


def _standing(
    session: Session, keeper: Keeper
) -> tuple[bytes, tuple[tuple[bytes, bytes], ...]]:
    """Where the byte model stands after the last fold, and what was said since."""
    from memory.cc.state import told

    cc, room = keeper.cc, session.room
    new = session.log[cc.upto + 1 :]
    return cc.state, told(utterances(new, room.label, inline=room.opened.inline))


def _read(
    path: Path, now: datetime, known: Sequence[Entry], room: Room | None
) -> tuple[Log, Room]:
    """Open a log and return it with what it amounts to."""
    log = Log(path, now=now, known=() if room is None else known)
    try:
        if room is None or [*known[-1:]] != log.entries[len(known) - 1 : len(known)]:
            return log, reduced(log.entries)
        return log, reduced(log.entries[len(known) :], room)
    except BaseException:
        log.close()
        raise


def _scenario_of(room: Room) -> Scenario | None:
    """The scenario a room was made from; `None` if it was made from none, or it is gone."""
    if not room.opened.scenario:
        return None
    try:
        return scenarios.load(room.opened.scenario, room.opened.variables)
    except ScenarioError:
        return None


def _played(seat: Seat) -> int:
    """Replies of a script that were given already."""
    return seat.turns


def _painter(name: str, models: Library) -> Painter:
    from agents.painters.gateway import Gateway
    from agents.painters.sketch import Sketch

    if name in ("", "sketch"):
        return Sketch()
    return Gateway(models.catalogue.resolve(name, images=True))


async def library(paths: Paths, scenario: Scenario | None, *, probe: bool = True) -> Library:
    """Return every model that can be named: the scenario's guests, servers, the catalogue.

    Args:
        paths: For the person's own additions.
        scenario: Its guests come first.
        probe: Look for servers on this machine; takes up to 0.3 s.
    """
    models: list[Model] = list(await asyncio.to_thread(listed))
    if here() is not None:
        models.append(BABBLE)
    models += added(paths.models)
    if probe:
        for server in await find_servers():
            models += server.models
    for guest in scenario.guests if scenario else ():
        models.append(scripted(guest.model, guest.name, guest.aliases))
    return Library(Catalogue(models))
