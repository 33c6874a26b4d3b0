"""The characters and line shapes that the command language knows.

Every pattern is bounded or possessive, so none of them can take more than linear time.
`BLANKS` holds what takes no ink: all white space but the newline, no-break spaces, and
characters of no width. They are alike to the lexer; in stored text they are left alone.
"""

import re

LIMIT = 4_000
"""Characters an argument may have, escapes counted once."""

GAP = 64
"""Blanks that may stand between a name and its argument."""

BLANKS = "\t\v\f\r\x1c\x1d\x1e\x1f \x85\xa0\xad\u1680\u180e\u3000\ufeff" + "".join(
    map(chr, (*range(0x2000, 0x2010), *range(0x2028, 0x2030), *range(0x205F, 0x2070)))
)
"""White space without the newline, and characters without width."""

VERBS = (
    "prompt_clear",
    "list_models",
    "temperature",
    "mute_self",
    "remove_ai",
    "whisper",
    "add_ai",
    "prompt",
    "search",
    "image",
    "leave",
    "video",
    "vote",
)
"""Every verb there is, longest first. No others and no aliases: a model that has read one
room knows the words of all rooms. There is no `!end`: rooms end by their limits or by the
person."""

KNOWN = frozenset(VERBS)

QUOTES = "\"“”„«‘'`"
"""What opens a quoted argument."""

ESCAPED = re.compile(r"\\([\"“”„«»‘’'`\\!])")
"""A backslash that is not meant for the reader."""

_blank = re.escape(BLANKS)
_indent = re.escape(BLANKS.replace("\t", ""))
_names = "|".join(verb.replace("_", r"\\?_") for verb in VERBS)
_mark = rf"(?:[-*+•]|[0-9]{{1,9}}[.)])[{_blank}]{{1,4}}"

NAME = re.compile(r"[A-Za-z](?:[A-Za-z0-9]|\\?_){0,31}+")
"""A name as written: Markdown writers put a backslash before the `_`."""

BLANK = re.compile(rf"[{_blank}]*+")
SOME_BLANK = re.compile(rf"[{_blank}]{{0,8}}+")
INDENT = re.compile(rf"[{_indent}]{{0,3}}+")

QUOTE = re.compile(rf"[{QUOTES}»’]")
"""What opens or closes a quoted argument."""

BETWEEN = re.compile(rf"[{_blank}]{{0,{GAP}}}+(?:[:=]{{1,2}}+[{_blank}]{{0,{GAP}}}+)?+")
"""What may stand between a name and its first argument."""

COMMA = re.compile(rf"[{_blank}]{{0,{GAP}}}+[,:=]?+[{_blank}]{{0,{GAP}}}+")
"""What may stand between two arguments."""

HEAD = re.compile(
    rf"[{_indent}]{{0,3}}+(?P<mark>{_mark})?(?P<wrap>[*_]{{0,6}})(?P<escape>\\?)!"
)
"""A line up to the `!` of its command."""

HEAD_SO_FAR = re.compile(
    rf"[{_indent}]{{0,3}}+"
    rf"(?:[0-9]{{1,9}}[.)]?|(?:{_mark})?[*_]{{0,6}}\\?|(?:[-*+•]|[0-9]{{1,9}}[.)])[{_blank}]{{0,4}})"
)
"""A line that ends before it is known whether it is a `HEAD`. Also that of a fence in a list."""

FENCE = re.compile(rf"(?P<before>[{_indent}]{{0,3}}+(?:{_mark})?)`")
"""A line that begins with a backtick."""

FENCE_END = re.compile(
    rf"^(?P<indent>[{_indent}]*+)(?P<ticks>`{{3,}}+)[{_blank}]*+(?:\n|\Z)", re.MULTILINE
)
FENCE_END_SO_FAR = re.compile(rf"[{_indent}]*+`*+[{_blank}]*+")
FENCE_END_LENGTH = 256
"""Characters a line may have that ends a fence."""

THINK = re.compile(r"(?i:<think(?:ing)?>)")
THINK_END = re.compile(r"(?i:</think(?:ing)?>)")
THINK_END_OR_LINE = re.compile(r"(?i:</think(?:ing)?>)|\n")
TAG_SO_FAR = re.compile(r"(?i:</?(?:t(?:h(?:i(?:n(?:k(?:i(?:n(?:g)?)?)?)?)?)?)?)?)")
TAG_LENGTH = 11

OF_LINE = re.compile(r"`++|(?i:<think(?:ing)?>)|\n")
"""What matters within a line of talk."""

OF_LINE_INLINE = re.compile(r"`++|(?i:<think(?:ing)?>)|\n|\\?!")

CALLS_WITHIN = re.compile(rf"(?i:!(?:{_names}))(?![A-Za-z0-9_])")
"""A command anywhere, near enough to keep a quoted argument from running over it."""

_somewhere = (
    rf"^[{_indent}]{{0,3}}+(?:{_mark})?[*_]{{0,6}}"
    rf"\\?!(?:(?i:{_names})(?![A-Za-z0-9])|{NAME.pattern}[{_blank}:=*_]{{0,{2 * GAP + 16}}}+[{QUOTES}])"
    rf"|^[{_indent}]{{0,3}}+(?:{_mark})?```|(?i:<think)"
)
NEXT = re.compile(_somewhere, re.MULTILINE)
"""The next place that could matter; all lines before it are talk."""

NEXT_INLINE = re.compile(rf"{_somewhere}|(?i:!(?:{_names}))(?![A-Za-z0-9])", re.MULTILINE)

FIGURES = re.compile(r"[-+−#0-9.,]{0,40}+")
NUMBER = re.compile(r"[-+−]?(?:[0-9]{1,12}(?:[.,][0-9]{1,24})?|[.,][0-9]{1,24})")
COUNT = re.compile(r"#?[0-9]{1,6}")
WORD = re.compile(r"[A-Za-z]{0,8}+")

BARE_END = re.compile(rf"[\"“”„«\n]|(?<=[{_blank}])[‘'`]")
"""Where an argument without quotes ends, if another may follow."""

BARE_END_VOTE = re.compile(rf"[\"“”„«\n\[]|(?<=[{_blank}])[‘'`]")

CHOICES = re.compile(r"\[(?:[^\]\"\\\n]|\\[^\n]|\"(?:[^\"\\\n]|\\[^\n])*+\")*+\]")
"""`[yes, no]`, on one line."""

POLL = re.compile(r"[Pp][0-9]{1,6}")
"""The id of a poll."""

_marks = {
    '"': '"',
    "”": "”",
    "“": "“”„",
    "„": "“”„",
    "«": "«»",
    "‘": "‘’",
    "'": "'",
}
_escape = r"\\[\"“”„«»‘’'`\\!]"
WITHIN = {
    **{opener: re.compile(rf"{_escape}|[{marks}\n]") for opener, marks in _marks.items()},
    '"""': re.compile(rf'{_escape}|"""|\n'),
    "`": re.compile(r"`++|\n"),
}
"""What matters within a quoted argument, by its opener."""
