"""Code with its comments, keywords, strings and numbers told apart.

Pygments does it. It is imported when the first fence with a language that we know is looked
at, and asked for short code only: some of its patterns take their time over long lines.
"""

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tui.page.row import Role
from tui.page.styles import Run

if TYPE_CHECKING:
    from pygments.lexer import Lexer

LONGEST = 20_000
"""Characters of a block that is looked into."""
WIDEST = 2_000
"""Characters of a line."""

KNOWN = frozenset(
    [
        "bash",
        "c",
        "c++",
        "cpp",
        "clojure",
        "cs",
        "csharp",
        "css",
        "diff",
        "elixir",
        "erlang",
        "fish",
        "go",
        "golang",
        "haskell",
        "hs",
        "html",
        "ini",
        "java",
        "javascript",
        "js",
        "json",
        "jsx",
        "julia",
        "kotlin",
        "latex",
        "lisp",
        "lua",
        "make",
        "makefile",
        "markdown",
        "md",
        "nim",
        "objc",
        "ocaml",
        "perl",
        "php",
        "powershell",
        "py",
        "python",
        "python3",
        "r",
        "rb",
        "ruby",
        "rs",
        "rust",
        "scala",
        "scheme",
        "sh",
        "shell",
        "sql",
        "swift",
        "tex",
        "toml",
        "ts",
        "tsx",
        "typescript",
        "vim",
        "xml",
        "yaml",
        "yml",
        "zig",
        "zsh",
    ]
)
"""Languages by the names that stand behind fences. Others stay plain: asking Pygments for
a name it does not have makes it look for plug-ins in everything that is installed."""


def language(fence: str) -> str:
    """Return the language that a fence names, or nothing if it is none we know."""
    words = fence.strip().strip("`~").strip().lower().split()
    name = words[0].strip("{}.,:") if words else ""
    return name if name in KNOWN else ""


@lru_cache(maxsize=64)
def highlighted(name: str, code: str) -> tuple[tuple[Run, ...], ...]:
    """Return the runs of each line of `code`; nothing if it is too long to look into.

    Args:
        name: One of `KNOWN`.
        code: Lines joined by newlines.
    """
    lines = code.split("\n")
    if len(code) > LONGEST or max(map(len, lines)) > WIDEST:
        return ()
    runs: list[list[Run]] = [[] for _ in lines]
    row = column = 0
    for kind, text in _tokens(name, code):
        for at, piece in enumerate(text.split("\n")):
            if at:
                row, column = row + 1, 0
            if row == len(lines) or not lines[row].startswith(piece, column):
                return ()  # it does not give back what it was given
            if piece and kind:
                runs[row].append(Run(column, column + len(piece), kind))
            column += len(piece)
    return tuple(tuple(line) for line in runs)


def _tokens(name: str, code: str) -> Iterator[tuple[Role, str]]:
    """Yield the pieces of `code`, each with what it is."""
    # Only those who look at code wait for Pygments.
    import pygments.lexers  # noqa: PLC0415
    from pygments.token import Token  # noqa: PLC0415

    roles: list[tuple[Any, Role]] = [
        (Token.Comment, "comment"),
        (Token.Keyword, "keyword"),
        (Token.Literal.String, "string"),
        (Token.Literal.Number, "number"),
    ]
    made: Callable[[str], Lexer] = vars(pygments.lexers)["get_lexer_by_name"]
    for _, kind, text in made(name).get_tokens_unprocessed(code):
        found: Role = ""
        for above, role in roles:
            if kind in above:
                found = role
        yield found, text
