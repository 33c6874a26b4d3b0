"""The line at the bottom: what the person says, to whom, and the commands that steer.

It knows words and commands, but no room: the screen hands down who can be named, what the
room is doing and the lines of before, and is told by messages what was meant. What cannot
be understood stays in the line, and so does everything until it was handed on.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias, assert_never

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Static, TextArea

from tui.printing import line
from tui.slash import meant as m
from tui.slash.choices import Choices
from tui.slash.reading import read, render
from tui.widgets.candidates import Candidates
from tui.widgets.completing import Candidate, Completions, complete
from tui.widgets.editing import NotEdited, by_hand
from tui.widgets.editor import Editor
from tui.widgets.keys import said_key

Mode: TypeAlias = Literal["opening", "live", "paused", "queueing", "replay", "closed"]

BYTES_A_TOKEN = 4
"""A rule of thumb, as good as any without the model's own tokeniser."""

LONG = 8_000
"""Characters that are shown as they are; wrapping more takes longer than a key may."""

MANY = 60
"""Lines likewise."""

SHORT = 200
"""Characters that are shown as they are, however long the line is already."""

FOLDED = "[pasted"
"""Start of what stands for a long paste in the line."""

ROOMY = 72
"""Columns from which the count says of what."""

_STAND_IN = re.compile(r"\[pasted [0-9]+: [0-9,]+ characters, [0-9,]+ lines\]")


@dataclass(frozen=True, slots=True)
class Target:
    """Who the line is for."""

    participant: str = ""
    """Empty for everybody."""
    whisper: bool = False
    """Nobody else reads it."""

    @property
    def label(self) -> str:
        """In words: colour alone would not do for a secret."""
        if not self.participant:
            return "to all"
        return f"{'whisper to' if self.whisper else 'to'} {line(self.participant)}"


class Prompt(Widget):
    """What the person types, and to whom."""

    DEFAULT_CSS = """
    Prompt {
        height: auto;
        background: $surface;
        padding: 0 1;
        & > Horizontal { height: auto; }
        & #target { width: auto; height: 1; margin-right: 1; text-style: bold; }
        & #target.-whisper { color: $text-warning; text-style: bold reverse; }
        & #count { width: auto; height: 1; margin-left: 1; text-style: dim; display: none; }
        & #count.-shown { display: block; }
        & #hint { height: 1; display: none; }
        & #hint.-shown { display: block; }
        & #hint.-wrong { height: auto; max-height: 3; color: $text-error; }
    }
    """

    mode: reactive[Mode] = reactive[Mode]("live", init=False)
    """What the room is doing, as the placeholder says it."""
    speaker: reactive[str] = reactive("", init=False)
    """Who has the floor, shown as given: a line typed now is spoken after them."""
    queued: reactive[int] = reactive(0, init=False)
    """Lines that wait for the speaker to end."""
    target: reactive[Target] = reactive(Target(), init=False)
    """Who the next line is for."""

    ALLOW_SELECT: ClassVar[bool] = False

    class Submitted(Message):
        """A line to be said."""

        def __init__(self, text: str, to: str) -> None:
            super().__init__()
            self.text = text
            self.to = to
            """The one participant who reads it; empty for everybody."""

    class Slash(Message):
        """A command to be carried out."""

        def __init__(self, slash: m.Slash, line: str) -> None:
            super().__init__()
            self.slash = slash
            self.line = line
            """As typed, to be put back if it cannot be done."""

    class Wrong(Message):
        """A command that cannot be read. It is still in the line, with the reason above it."""

        def __init__(self, why: str) -> None:
            super().__init__()
            self.why = why

    class Offered(Message):
        """A model's command was typed. The person's own now stands in the line instead."""

        def __init__(self, line: str, slash: m.Slash) -> None:
            super().__init__()
            self.line = line
            self.slash = slash

    class Typed(Message):
        """What stands in the line, or for whom, is another now."""

    def __init__(
        self,
        *,
        ascii: bool = False,  # noqa: A002 - names what it does
        id: str | None = None,  # noqa: A002 - Textual's
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self._ascii = ascii
        self._choices = Choices()
        self._candidates = Candidates(ascii=ascii)
        self._editor = Editor(self)
        self._hint_line = Static(id="hint", markup=False)
        self._target_line = Static(id="target", markup=False)
        self._count_line = Static(id="count", markup=False)
        self._pasted: dict[str, str] = {}
        """Long pastes, by what stands for them in the line."""
        self._completions = Completions()
        self._targeting = False
        self._seen = ("", 0)
        """Text and cursor that the list belongs to: keys may be faster than it is."""
        self._moved = False
        """The person chose among the candidates: Enter takes the choice."""
        self._shut = ""
        """The text for which the list was put away."""
        self._history: list[str] = []
        self._at = 0
        """Place in the history; its length for the line being written."""
        self._draft = ""

    def compose(self) -> ComposeResult:
        """Lay out the list, the hint and the line."""
        yield self._candidates
        yield self._hint_line
        with Horizontal():
            yield self._target_line
            yield self._editor
            yield self._count_line

    def on_mount(self) -> None:
        """Show what is known by now."""
        self._show_target()
        self._show_mode()
        self._show_count()

    # What the screen hands down.

    @property
    def text(self) -> str:
        """All that is typed, pastes included: a draft, to be kept and given back."""
        shown = self._editor.text
        if not self._pasted or FOLDED not in shown:
            return shown
        return _STAND_IN.sub(lambda found: self._pasted.get(found[0], found[0]), shown)

    @text.setter
    def text(self, text: str) -> None:
        self._editor.load_text(self.folded(text))
        self._editor.move_cursor(self._editor.document.end)

    @property
    def unsent(self) -> str:
        """What is being written: not a line of before that is only looked at."""
        text = self.text
        looking = self._at < len(self._history) and text == self._history[self._at]
        return self._draft if looking else text

    def folded(self, text: str) -> str:
        """Return what stands in the line for `text`: itself, unless it is long."""
        if len(text) + len(self._editor.text) <= LONG and text.count("\n") <= MANY:
            return text
        if len(text) <= SHORT and text.count("\n") <= MANY:
            return text
        lines = text.count("\n") + 1
        stand_in = (
            f"{FOLDED} {len(self._pasted) + 1}: {len(text):,} characters, {lines:,} lines]"
        )
        self._pasted[stand_in] = text
        return stand_in

    @property
    def choices(self) -> Choices:
        """Who and what there is to name."""
        return self._choices

    @choices.setter
    def choices(self, choices: Choices) -> None:
        if choices != self._choices:
            self._choices = choices
            self._show_target()
            if self.listing and not self._targeting:
                self._suggest()

    @property
    def history(self) -> list[str]:
        """Lines sent before, oldest first. The list given is the one that grows."""
        return self._history

    @history.setter
    def history(self, history: list[str]) -> None:
        self._history = history
        self._at = len(history)

    def remember(self, lines: Sequence[str]) -> None:
        """Take over lines of before; what was sent since is newer than all of them.

        A line of before that is being looked at stays where it is.
        """
        self._at += len(lines)
        self._history[:0] = lines

    def put_back(self, text: str, why: str = "") -> None:
        """Give a line back that could not be carried out, unless another was begun since."""
        if not self.text:
            self.text = text
        if why:
            self._complain(why)

    def watch_mode(self) -> None:
        """Say what can be done now."""
        self._show_mode()

    def watch_speaker(self) -> None:
        """Say after whom a line would be spoken."""
        self._show_mode()

    def watch_queued(self) -> None:
        """Show how many lines wait."""
        self._show_count()

    def watch_target(self) -> None:
        """Show who is meant."""
        self._show_target()
        self.post_message(self.Typed())

    # What keys come to. See `Owner`.

    @property
    def listing(self) -> bool:
        """Whether candidates are shown."""
        return self._candidates.open

    def send(self) -> None:
        """Hand the line on, or take the candidate that was chosen."""
        if self.listing and (self._targeting or self._moved) and self._seen == self._now:
            self.complete()
            return
        text = self.text
        if not text.strip():
            return
        meant = read(text, self._meant.participant)
        match meant:
            case m.Said(said):
                to = self.target
                if to.participant and not to.whisper:
                    mention = f"@{to.participant} "
                    said = said if said.startswith(mention) else mention + said
                self._put_away(text)
                self.post_message(self.Submitted(said, to.participant if to.whisper else ""))
            case m.Slash():
                self._put_away(text)
                self.post_message(self.Slash(meant, text))
            case m.Wrong(at=at):
                shown = self._editor.text
                # After the word that is wrong: it is there that it will be mended.
                self._editor.go(
                    at + len(shown[at:].split(maxsplit=1)[0])
                    if shown[at:].strip()
                    else len(shown)
                )
                self.close()
                self._complain(meant.text)
                self.post_message(self.Wrong(meant.text))
            case m.Offer(said, own):
                self._write(render(own))
                self.close()
                self._hint(
                    Content.assemble(
                        ("!commands are for models; this is yours. ", "bold"),
                        f"{self._key('send')} sends it, {self._key('undo')} takes it back.",
                    )
                )
                self._shut = self._editor.text
                self.post_message(self.Offered(said, own))
            case _:
                assert_never(meant)

    @property
    def escapes(self) -> bool:
        """Whether Esc has something to put away here: the candidates, or a complaint."""
        return self.listing or self._hint_line.has_class("-wrong")

    def escape(self) -> None:
        """Put the candidates away; with none shown, the line that was refused."""
        if self.listing:
            self.close()
        else:
            self._put_away(self.text)

    def complete(self) -> None:
        """Take the chosen candidate, or open the list again if it was put away."""
        if not self.listing or self._seen != self._now:
            self._targeting = False
            put_away, self._shut = self._shut == self._editor.text, ""
            self._suggest()
            if put_away or not self.listing:
                return
        chosen = self._candidates.chosen
        if self._targeting:
            self._take_target(chosen)
        else:
            self._take(chosen)

    def choose(self, step: int) -> None:
        """Move the choice."""
        self._moved = True
        self._candidates.move(step)

    def close(self) -> None:
        """Put the list away until something else is typed."""
        self._targeting = self._moved = False
        self._shut = self._editor.text
        self._candidates.offer(())

    def recall(self, step: int) -> bool:
        """Show an older or newer line; False if there is none."""
        wanted = self._at + step
        if not 0 <= wanted <= len(self._history):
            return False
        if self._at == len(self._history):
            self._draft = self.text
        self._at = wanted
        draft = wanted == len(self._history)
        text = self._draft if draft else self._history[wanted]
        self.text = text
        self._shut = self._editor.text  # a list would take the keys that brought us here
        return True

    def list_targets(self) -> None:
        """Show who a line can be for; again, move on in that list."""
        if self._targeting:
            self.choose(1)
            return
        self._targeting, self._moved = True, False
        self._seen = self._now
        targets = self._targets()
        at = next((i for i, (_, one) in enumerate(targets) if one == self.target), 0)
        self._candidates.offer([candidate for candidate, _ in targets], at)

    def erase_target(self) -> bool:
        """Speak to everybody again; False if that is so already."""
        if self.target == Target():
            return False
        self.target = Target()
        return True

    def chord(self) -> None:
        """Say what the second key could be."""
        self._hint(Content(f"{self._key('cut')} … ^e opens the line in your editor"))

    # What is shown.

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self._targeting:
            self.close()
        self._moved = False
        self._show_target()
        self._show_count()
        self._suggest()
        self.post_message(self.Typed())

    @on(TextArea.SelectionChanged)
    def _cursor_moved(self, event: TextArea.SelectionChanged) -> None:
        event.stop()
        if self.text.startswith("/") and not self._targeting:
            self._suggest()

    @property
    def _now(self) -> tuple[str, int]:
        return self._editor.text, self._editor.cursor_index

    def _found(self) -> Completions:
        text = self._editor.text
        if not text:
            return Completions()
        return complete(text, self._editor.cursor_index, self._choices)

    def _suggest(self) -> None:
        """Show what could follow, if that is not being said already."""
        if self._targeting:
            return
        text = self._editor.text
        if text == self._shut and text:
            self._candidates.offer(())
            return
        self._shut = ""
        self._completions = found = self._found()
        self._seen = self._now
        self._candidates.offer(found.candidates)
        if found.spec is None:
            self._hint(None)
            return
        spec = found.spec
        parts: list[Content | str | tuple[str, str]] = [(f"/{spec.name}", "bold")]
        for at, argument in enumerate(spec.arguments):
            here = at == found.active
            parts += [" ", (argument.shown, "bold underline" if here else "dim")]
        parts += ["  ", (spec.about, "dim")]
        self._hint(Content.assemble(*parts))

    def _hint(self, content: Content | None, *, wrong: bool = False) -> None:
        self._hint_line.update(content or Content(""))
        self._hint_line.set_class(content is not None, "-shown")
        self._hint_line.set_class(wrong, "-wrong")

    def _key(self, action: str) -> str:
        """Return what the key of an action of the line is called."""
        return said_key(self, Editor, f"prompt.{action}")

    def _complain(self, why: str) -> None:
        self._shut = self._editor.text
        mark = "! " if self._ascii else "✗ "
        clears = (f"  {self._key('close')} clears", "dim") if self.text else ""
        self._hint(Content.assemble(mark + line(why), clears), wrong=True)

    @property
    def _meant(self) -> Target:
        """The target, or who the line begins with."""
        if self.target.participant:
            return self.target
        first = self.text[:64].split(" ", 1)
        if len(first) == 2 and first[0].startswith("@"):
            named = first[0][1:].casefold()
            for one in self._choices.participants:
                if one.text.casefold() == named:
                    return Target(one.text)
        return self.target

    def _show_target(self) -> None:
        meant = self._meant
        mark = ">" if self._ascii else "›"
        # A command is whispered to nobody: it says so where the target would mislead.
        command = bool(meant.participant) and self._editor.text.startswith("/")
        self._target_line.update(Content(f"{'command' if command else meant.label} {mark}"))
        self._target_line.set_class(meant.whisper and not command, "-whisper")

    def _show_count(self) -> None:
        size = len(self.text.encode(errors="replace"))
        parts: list[str] = []
        if self.queued:
            parts.append(f"queued {self.queued}")
        if size:
            unit = " tok" if self.size.width >= ROOMY or not self.queued else ""
            parts.append(f"~{-(-size // BYTES_A_TOKEN):,}{unit}")
        self._count_line.update(Content("  ".join(parts)))
        self._count_line.set_class(bool(parts), "-shown")

    def _show_mode(self) -> None:
        self._editor.placeholder = Content(self._invitation())

    def _invitation(self) -> str:
        match self.mode:
            case "opening":
                return "Opening the room"
            case "live":
                return "Say something, or / for commands"
            case "paused":
                return "Paused. Say something; /resume goes on, /step gives one turn"
            case "queueing":
                who = line(self.speaker, 32) or "whoever speaks"
                return f"Say something: spoken after {who}"
            case "replay":
                return "A replay: nothing is said here; / for commands"
            case "closed":
                key = said_key(self, type(self.screen), "room.pause")
                return "The room is not open" + (f"; {key} tries again" if key else "")
            case _:
                assert_never(self.mode)

    # Taking what was chosen.

    def _take(self, chosen: Candidate) -> None:
        found = self._completions
        self._candidates.offer(())
        self._moved = False
        text = chosen.text
        rest = self._editor.text[found.end :]
        if text.endswith(" ") and rest.startswith(" "):
            text = text[:-1]
        self._editor.put(text, found.start, found.end)

    @on(Candidates.Picked)
    def _picked(self, event: Candidates.Picked) -> None:
        event.stop()
        self._editor.focus()
        if self._targeting:
            self._take_target(event.candidate)
        else:
            self._take(event.candidate)

    def _targets(self) -> list[tuple[Candidate, Target]]:
        found = [(Candidate("", "to all", "everybody reads it"), Target())]
        for one in self._choices.participants:
            name = f" {one.about}" if one.about else ""
            found.append(
                (
                    Candidate(
                        one.text, f"to {one.text}{name}", "all read it, one is addressed"
                    ),
                    Target(one.text),
                )
            )
        for one in self._choices.participants:
            name = f" {one.about}" if one.about else ""
            found.append(
                (
                    Candidate(one.text, f"whisper to {one.text}{name}", "nobody else reads it"),
                    Target(one.text, whisper=True),
                )
            )
        return found

    def _take_target(self, chosen: Candidate) -> None:
        self.target = next(one for candidate, one in self._targets() if candidate == chosen)
        self.close()

    def on_click(self, event: events.Click) -> None:
        """Choose another target with the mouse."""
        if event.widget is not None and event.widget.id == "target":
            self._editor.focus()
            self.list_targets()

    # Another program.

    def open_editor(self) -> None:
        """Let the person's own editor have the text, and the terminal, until it is done."""
        self._hint(None)
        self._edit()

    @work(exclusive=True)
    async def _edit(self) -> None:
        text = self.text
        try:
            new = await by_hand(self, text)
        except NotEdited as error:
            self._complain(str(error))
            return
        if new != text:
            self._write(new)

    def _write(self, text: str) -> None:
        """Put `text` in place of all there is, so that it can be undone."""
        self._editor.put(self.folded(text), 0, len(self._editor.text))

    def _put_away(self, text: str) -> None:
        """Empty the line; what stood there is in the history from now on."""
        if not text.strip():
            pass
        elif not self._history or self._history[-1] != text:
            self._history.append(text)
        self._at = len(self._history)
        self._draft = ""
        self._shut = ""
        self._editor.load_text("")
        self._pasted.clear()
        self._candidates.offer(())
        self._targeting = self._moved = False
        self._hint(None)
