"""Every screen but the start, and what has keys there: a third of what the app imports.

The first frame is there without it. See `loading`.
"""

from textual.dom import DOMNode

from tui.screens.ask import Ask
from tui.screens.choosing import ChooseModels
from tui.screens.compare import CompareScreen
from tui.screens.confirm import Confirm
from tui.screens.context import ContextScreen
from tui.screens.dialog import Dialog
from tui.screens.edit import EditScreen
from tui.screens.exporting import Exporting
from tui.screens.facade import Finder, Offers, Shelf
from tui.screens.forks import ForksScreen
from tui.screens.help import HelpScreen
from tui.screens.importing import Importing
from tui.screens.listing import Listing
from tui.screens.palette import commands
from tui.screens.reading import ReadingScreen
from tui.screens.replay import ReplayScreen
from tui.screens.room import RoomScreen
from tui.screens.search import SearchScreen
from tui.widgets.approvals import Approvals
from tui.widgets.choices import Choices
from tui.widgets.editor import Editor
from tui.widgets.inspector import Inspector
from tui.widgets.roster import Roster
from tui.widgets.transcript import Transcript

__all__ = ["KEYED", "CompareScreen", "HelpScreen", "ReplayScreen", "RoomScreen", "commands"]

KEYED: tuple[type[DOMNode], ...] = (
    Offers,
    Shelf,
    Finder,
    ReadingScreen,
    RoomScreen,
    ReplayScreen,
    Transcript,
    Editor,
    Roster,
    Inspector,
    Approvals,
    Choices,
    Dialog,
    Ask,
    ChooseModels,
    CompareScreen,
    Confirm,
    ContextScreen,
    EditScreen,
    Exporting,
    ForksScreen,
    HelpScreen,
    Importing,
    Listing,
    SearchScreen,
)
"""Whatever has keys, beside the app itself and the start."""
