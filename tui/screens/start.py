"""The first screen: begin a room, go on with one, find a line, bring one in from elsewhere.

The embedded default stands there in the first frame; all else is read in threads and comes in
as it is found. Nothing of a room is kept here but what its row shows.
"""

from functools import partial
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static

from tui.desk import Desk
from tui.printing import line, safe
from tui.screens import fetch, shelf, telling
from tui.screens.caring import Caring
from tui.screens.choosing import ChooseModels
from tui.screens.facade import LOOK, Finder, Offers, Shelf
from tui.screens.fetch import TROUBLES, Known, Offer, Reach, trouble
from tui.screens.loading import load
from tui.screens.stage import Stage
from tui.screens.threads import called_off
from tui.screens.wishes import NewRoom, NewRoomOf, OpenRoom
from tui.widgets.choices import Choice, Choices
from tui.widgets.keys import Keys, said_key

if TYPE_CHECKING:
    from harness.finding import Found

WIDE = 120
"""Cells from which there are two columns."""

PAUSE = 0.15
"""Seconds of no typing before a search begins."""

HITS = 60
"""Lines a search shows, at most."""


class StartScreen(Caring):
    """A picker of scenarios and rooms."""

    HELP = (
        "Begin a room from a scenario, go on with one, or find a line in all of them. "
        "{offers.begin} on the first row runs the room that needs no key and no network. "
        "Tab goes from one part to the next."
    )

    CSS = LOOK

    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (72, "-middle"), (WIDE, "-wide")]  # noqa: RUF012 - as Textual has it
    VERTICAL_BREAKPOINTS = [(0, "-short"), (23, "-roomy"), (28, "-tall")]  # noqa: RUF012 - as Textual has it

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash,ctrl+f", "search", "Search", key_display="/", id="start.search"),
        Binding("i", "import", "Import", id="start.import"),
        Binding("u", "undo", "Undo delete", id="start.undo"),
        Binding("escape", "back", "Back", show=False, id="start.back"),
    ]

    def __init__(self, desk: Desk) -> None:
        super().__init__(desk)
        self._offers: dict[str, Offer] = {}
        self._known: dict[str, Known] = {}
        self._looked = False
        self._reach: Reach | None = None
        self._searched = ""
        self._hits: dict[str, Found] = {}
        self._typing: Timer | None = None
        self._left = ""
        """Id of the room that was gone to from here, to be chosen when one comes back."""

    # What is there

    def compose(self) -> ComposeResult:
        """Lay out the parts; the default scenario is in from the first frame."""
        bare, key = self._desk.ascii, said_key(self, StartScreen, "start.search")
        with Horizontal(id="top"):
            yield Static("enfold", id="wordmark", markup=False)
            yield Static("rooms where models talk, and remember", id="motto", markup=False)
        with Horizontal(id="body"):
            with Vertical(id="begin", classes="part"):
                with Horizontal(classes="head"):
                    yield Static("Begin", markup=False)
                yield Offers([fetch.first()], lines=1, ascii=bare, id="scenarios")
                yield Static("", classes="about scenario inner", markup=False)
            with Vertical(id="rooms", classes="part"):
                with Horizontal(classes="head"):
                    yield Static("Rooms", id="shown", markup=False)
                    yield Finder(
                        placeholder=f"{key} search in all rooms", compact=True, id="finder"
                    )
                yield Shelf(empty="looking", ascii=bare, id="shelf")
                yield Static("", classes="about room inner", markup=False)
        yield Static("", classes="about scenario outer", markup=False)
        yield Static("", classes="about room outer off", markup=False)
        yield Static("", id="where", markup=False)
        yield Keys(focus_first=True, ascii=bare)

    def on_mount(self) -> None:
        """Begin with the default, and look for everything else."""
        self.query_one(Offers).focus()
        if self._desk.ascii:
            self.query_one("#where").styles.text_overflow = "clip"
        self._say_where()
        # What looking imports must not keep the first frame waiting.
        self.call_after_refresh(self._look)

    def on_screen_resume(self) -> None:
        """Look at the rooms again: others may have written to them."""
        if self._left:
            self.query_one(Shelf).focus()
        self.call_after_refresh(self.reload)

    def on_screen_suspend(self) -> None:
        """Remember which room is gone to; a dialog is none."""
        if isinstance(shown := self.app.screen, Stage):
            self._left = shown.room_id

    def on_resize(self) -> None:
        """Rows of one line where there is little room."""
        self.query_one(Offers).lines = 2 if self._wide else 1
        self._show_about()

    @property
    def settled(self) -> bool:
        """Whether everything that was looked for at the start is shown."""
        return self._looked and self._reach is not None

    @property
    def _wide(self) -> bool:
        return self.app.size.width >= WIDE

    @property
    def _shelf(self) -> Shelf:
        return self.query_one(Shelf)

    @property
    def _wanted(self) -> str:
        return self.query_one(Finder).value.strip()

    # Scenarios and models

    @work(thread=True, exclusive=True, group="look")
    def _look(self) -> None:
        load()
        found: list[Offer] = []
        try:
            found = fetch.offers(self._desk)
        except TROUBLES as error:
            self.call_later(self.complain, trouble(error))
        else:
            self.call_later(self._offer, found)
        reached, found = fetch.reach(self._desk, found)
        self.call_later(self._offer, found)
        self.call_later(self._reached, reached)

    def _offer(self, found: list[Offer]) -> None:
        self._offers = {offer.key: offer for offer in found}
        self._show_offers()

    def _reached(self, reached: Reach) -> None:
        self._reach = reached
        self._say_where()
        self._show_offers()

    def _show_offers(self) -> None:
        rows = [telling.offer_row(offer) for offer in self._offers.values()]
        own = telling.own_row(self._reach)
        if own is not None:
            rows.insert(0 if self._reach and self._reach.models else len(rows), own)
        if self._offers:
            self.query_one(Offers).fill(rows)
            self._show_about()

    # Rooms

    def reload(self) -> None:
        """Look at the rooms again."""
        self._load_rooms()

    @work(thread=True, exclusive=True, group="rooms")
    def _load_rooms(self) -> None:
        stopped = called_off()
        try:
            for found, done in fetch.at_rest(self._desk):
                if stopped():
                    return
                self.call_later(self._shelve, found, done=done)
        except TROUBLES as error:
            self.call_later(self.complain, trouble(error))

    def _shelve(self, found: dict[str, Known], *, done: bool) -> None:
        if done or len(found) > len(self._known):
            self._known = found
        self._looked = self._looked or done
        if not self._searched:
            self._show_rooms()

    def _show_rooms(self) -> None:
        self._searched = ""
        key = said_key(self, Offers, "offers.begin")
        none = f"No rooms yet. {key} begins the first one." if self._looked else "looking"
        self._shelf.fill((one.row for one in self._known.values()), empty=none)
        number = len(self._known)
        self.set_class(bool(number), "-rooms")
        self._head(shelf.count(number, "room") if number else "Rooms")
        if self._left and self.is_current and self._shelf.select(self._left):
            self._left = ""
            self._shelf.focus()

    def _head(self, text: str) -> None:
        self.query_one("#shown", Static).update(Content(text))
        self._show_about()
        self.refresh_bindings()

    # Searching

    @on(Input.Changed, "#finder")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._typing is not None:
            self._typing.stop()
        wanted = event.value.strip()
        if wanted:
            self._typing = self.set_timer(PAUSE, partial(self._find, wanted))
        else:
            self._show_rooms()

    @work(thread=True, exclusive=True, group="search")
    def _find(self, wanted: str) -> None:
        stopped = called_off()
        try:
            found = fetch.hits(self._desk, wanted, HITS, stopped)
        except TROUBLES as error:
            self.call_later(self.complain, trouble(error))
        else:
            now = self._desk.clock.now()
            bare = self._desk.ascii
            rows = [shelf.hit_row(one, wanted, now, ascii=bare) for one in found]
            self.call_later(self._show_hits, wanted, found, rows)

    def _show_hits(self, wanted: str, found: "list[Found]", rows: list[Choice]) -> None:
        if wanted == self.query_one(Finder).value.strip():
            self._searched = wanted
            self._hits = {row.key: one for row, one in zip(rows, found, strict=True)}
            self._shelf.fill(rows, empty=f"nothing found for {wanted}", keep=False)
            self._head(shelf.count(len(rows), "line"))

    @on(Input.Submitted, "#finder")
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if self._searched:
            self._shelf.action_pick()
        else:
            self._shelf.focus()

    # What is chosen

    @on(Choices.Moved)
    def _moved(self, event: Choices.Moved) -> None:
        event.stop()
        self._show_about()

    @on(Choices.Past)
    def _past(self, event: Choices.Past) -> None:
        """Go on into the other list."""
        event.stop()
        if not event.choices.has_focus:
            return
        if event.by > 0 and event.choices.id == "scenarios" and self._shelf.rows:
            self._shelf.action_first()
            self._shelf.focus()
        elif event.by < 0 and event.choices.id == "shelf":
            self.query_one(Offers).action_last()
            self.query_one(Offers).focus()

    def on_descendant_focus(self) -> None:
        """Say more of what is chosen in the part that has the focus."""
        self._show_about()

    def _show_about(self) -> None:
        in_rooms = bool(self.query("#rooms:focus-within"))
        self.query_one(".scenario.outer").set_class(in_rooms, "off")
        self.query_one(".room.outer").set_class(not in_rooms, "off")
        self.query_one(Offers).active, self._shelf.active = not in_rooms, in_rooms
        offer = self._about_offer()
        room = self._about_room()
        for static in self.query(".about").results(Static):
            static.update(offer if static.has_class("scenario") else room)

    def _about_offer(self) -> Content:
        choice = self.query_one(Offers).choice
        if choice is None:
            return Content("")
        if choice.key == telling.OWN:
            return Content(telling.found_here(self._reach))
        offer = self._offers.get(choice.key)
        return Content("") if offer is None else telling.about_offer(offer, wide=self._wide)

    def _about_room(self) -> Content:
        target = self.target()
        if target is None:
            return Content("")
        room_id, place = target
        if place is not None and (found := self._hits.get(shelf.hit_key(room_id, place))):
            return telling.about_hit(found)
        known = self._known.get(room_id)
        if known is None:
            return Content("")
        origin = known.summary.origin
        named = self.called(origin.room) if origin else ""
        return telling.about_room(known.summary, wide=self._wide, origin=named)

    def _say_where(self) -> None:
        found = telling.found_here(self._reach)
        text = f"{found}{shelf.GAP}{shelf.home(self._desk.paths.data)}"
        self.query_one("#where", Static).update(Content(safe(text)))

    # What can be done

    @on(Choices.Picked, "#scenarios")
    def _begin(self, event: Choices.Picked) -> None:
        event.stop()
        key = event.choice.key
        if key == telling.OWN:
            self._choose_models()
            return
        offer = self._offers.get(key)
        if offer is not None and offer.scenario is None:
            self.complain(offer.problem)
        else:
            self.post_message(NewRoom(key))

    @on(Choices.Picked, "#shelf")
    def _open(self, event: Choices.Picked) -> None:
        event.stop()
        target = self.target()
        if target is not None:
            self.post_message(OpenRoom(*target))

    def target(self) -> tuple[str, int | None] | None:
        """Return the room chosen, and the place if a search shows a line of it."""
        choice = self._shelf.choice
        if choice is None:
            return None
        return shelf.of_hit(choice.key) if self._searched else (choice.key, None)

    def called(self, room_id: str) -> str:
        """Return a room's title."""
        known = self._known.get(room_id)
        return line(known.summary.title) if known else room_id

    def told_of(self, room_id: str) -> str:
        """Return how many messages it has."""
        known = self._known.get(room_id)
        return shelf.count(known.summary.lines, "message") if known else "what was said"

    @work(exclusive=True, group="dialog")
    async def _choose_models(self) -> None:
        reached = self._reach
        if reached is None or not reached.models:
            self.notify(
                "No model can be reached: set a key such as ANTHROPIC_API_KEY or start a "
                "local server such as Ollama. `enfold doctor` says more.",
                markup=False,
            )
            return
        chosen = await self.app.push_screen_wait(
            ChooseModels(reached.models, ascii=self._desk.ascii)
        )
        if chosen is not None:
            self.post_message(NewRoomOf(chosen.models, chosen.opening))

    def action_search(self) -> None:
        """Look for words in all rooms."""
        self.query_one(Finder).focus()

    def action_back(self) -> None:
        """Leave the search."""
        finder = self.query_one(Finder)
        if finder.has_focus:
            self._shelf.focus()
        finder.value = ""

    @on(events.Key)
    def _through(self, event: events.Key) -> None:
        """Move in what was found while typing."""
        if self.query_one(Finder).has_focus and event.key in ("up", "down"):
            event.stop()
            self._shelf.action_move(-1 if event.key == "up" else 1)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Offer only what can be done to what is chosen."""
        match action:
            case "undo":
                return bool(self._gone)
            case "search":
                return not self.query_one(Finder).has_focus
            case "rename" | "discard" | "fork" | "export" | "replay":
                return self._shelf.choice is not None
            case _:
                return True
