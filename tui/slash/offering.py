"""A command of the models, as the person may write it too: `!image "a cat"` is `/image a cat`."""

from transcripts.commands import words as w
from transcripts.commands.parse import parse as parse_chat
from tui.slash.meant import Slash, Wrong
from tui.slash.options import listed
from tui.slash.parts import POLL
from tui.slash.specs import SHORT_VERBS, spec_of
from tui.slash.values import participant


def offer(line: str, to: str = "") -> Slash | Wrong | None:
    """Return the person's command for a line with a model's, such as `!image "a cat"`.

    Args:
        line: As typed.
        to: Whose seat is meant by verbs that models use about their own.

    Returns:
        `None` if the line is talk; `Wrong` if it is a command that cannot be put as it is.
    """
    if not line.lstrip().startswith("!"):
        return None
    parsed = parse_chat(line)
    if not parsed.found:
        return None
    found, *more = parsed.found
    if more or parsed.spoken.strip():
        return Wrong(
            "that holds a command for models and more",
            "send one command by itself, or begin with \\! to say it as it stands",
        )
    slash = _equivalent(found.command, to)
    if slash is not None:
        return slash
    if isinstance(found.command, w.Malformed):
        return Wrong(
            f"!{found.call.verb} is read by nobody when you write it",
            "/help lists your commands; begin with \\! to say it as it stands",
        )
    short = {theirs: ours for ours, theirs in SHORT_VERBS.items()}
    verb = short.get(found.call.verb, found.call.verb)
    spec = spec_of(verb)
    how = f"say whose: {spec.example}" if spec else "/quit leaves the room as it is"
    return Wrong(f"!{found.call.verb} is for models", how)


def _equivalent(command: w.Command, to: str) -> Slash | None:
    match command:
        case w.Invite(model, greeting, persona):
            return Slash("add", (model, greeting, persona))
        case w.Paint(prompt):
            return Slash("image", (prompt,))
        case w.Remove(who, _):
            return Slash("remove", (participant(who),))
        case w.Whisper(who, text):
            return Slash("whisper", (participant(who), text))
        case w.Search(query):
            return Slash("web", (query,))
        case w.ListModels():
            return Slash("models", ("",))
        case w.Vote(question, options, opens=True):
            return Slash("poll", (question, listed(options)))
        case w.Vote(question, options) if not question or POLL.fullmatch(question):
            return Slash("vote", (question.upper(), options[0]))
        case w.Prompt(text) if to:
            return Slash("prompt", (to, text))
        case w.PromptClear(number) if to:
            return Slash("unprompt", (to, "" if number is None else str(number)))
        case w.Temperature(value) if to and 0 <= value <= 2:
            return Slash("temp", (to, f"{value:g}"))
        case w.Mute(turns) if to:
            return Slash("mute", (to, str(turns) if turns > 1 else ""))
        case _:
            return None
