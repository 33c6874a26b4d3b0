"""The page: one file that is safe whatever was said, and says all of it."""

import re
import tracemalloc
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.transcripts.sample import CODE, START, VERSE, at_places, check_golden, room, said
from transcripts import events as e
from transcripts.events import Entry
from transcripts.export import html
from transcripts.export.marks import NAMES
from transcripts.export.style import COLOURS, GROUNDS, INKS
from transcripts.participants import Participant

OURS = {
    *("html", "head", "meta", "title", "style", "body", "header", "main", "footer", "article"),
    *("h1", "h2", "p", "div", "span", "pre", "code", "details", "summary", "bdi", "time", "a"),
    *("ul", "li", "figure", "figcaption", "img", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {
    *("lang", "dir", "class", "id", "href", "content", "name", "http-equiv", "charset", "src"),
    *("alt", "width", "height", "loading", "datetime", "scope", "aria-label"),
}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 40

HOSTILE = [
    "<script>alert(1)</script>",
    "</div></article></main></style><style>body{display:none}</style>",
    '"><img src=x onerror=alert(1)> \' onclick="x"',
    "[click](javascript:alert(1)) javascript:alert(1) http://example.org/",
    "&lt;b&gt; &amp;amp; &#x3c;script&#x3e; &nbsp &copy; &notit;",
    "nul \0 bell \a esc \x1b[31mred\x1b]0;title\x07 del \x7f c1 \x9b1m",
    "override \u202egnp.exe\u202c isolate \u2067x\u2069 mark \u200e\u200f\u061c",
    "tags \U000e0041\U000e0042 zero\u200bwidth bom\ufeff sep\u2028\u2029 half \ud83d end",
    "crlf\r\nlone\rfeed\x0cvertical\x0b\x85nel",
    "<!-- comment --> <![CDATA[ x ]]> <?xml ?> <!DOCTYPE html>",
    "```html\n<script>\n```\n<b>\n````\n```\nnot closed </pre>",
    '!prompt "</code></details><script>"\n!image "<svg onload=alert(1)>"\nrest',
    "  /\\_/\\  <b>\n ( o.o ) </pre>\n  > ^ <  <script>",
    "\n\nlines around\n\n\n",
    "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f flag",
]


def unmarked(shown: str) -> str:
    """The characters that stand behind marks."""
    names = re.findall(r"\[(?:U\+([0-9A-F]+)|([A-Z0-4]+))\]", shown)
    assert sum(len(code or name) + (4 if code else 2) for code, name in names) == len(shown)
    return "".join(
        chr(int(code, 16)) if code else chr(NAMES.index(name)) for code, name in names
    )


class Page(HTMLParser):
    """What a browser would find: elements, attributes, and the text of each message."""

    VOID = frozenset({"meta", "img"})

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.stack: list[tuple[str, set[str]]] = []
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.messages: list[str] = []
        self.feed(markup)
        self.close()
        assert self.stack == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        values = {name: value or "" for name, value in attrs}
        self.addresses += [values[name] for name in ("href", "src") if name in values]
        classes = set(values.get("class", "").split())
        if "words" in classes:
            self.messages.append("")
        if tag not in self.VOID:
            self.stack.append((tag, classes))

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop()[0] == tag

    def handle_data(self, data: str) -> None:
        if self.within("words") and not self.within("ours"):
            self.messages[-1] += unmarked(data) if self.within("mark") else data

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)

    def within(self, name: str) -> bool:
        return any(name in classes for _, classes in self.stack)


def page(entries: list[Entry]) -> Page:
    return Page("".join(html.export(entries)))


def check(texts: list[str]) -> None:
    read = page(said(*texts))
    assert read.elements <= OURS
    assert read.attributes <= ATTRIBUTES
    assert read.messages == texts
    assert all(address.startswith("#") for address in read.addresses)


def test_hostile_words_are_shown_and_nothing_else():
    check(HOSTILE)


@pytest.mark.parametrize("unit", ["x", "<", "\0", "\u202e", "& ", "/\\", "a|b "])
def test_a_line_of_a_megabyte_is_a_line(unit: str):
    check([unit * (1_000_000 // len(unit))])


@given(st.lists(st.text() | st.sampled_from([*HOSTILE, VERSE, CODE]), max_size=3))
@example([VERSE, CODE])
def test_the_text_of_a_message_is_the_message(texts: list[str]):
    check(texts)


@given(st.text(alphabet='`!"\n\r /\\|_-prompt<>&', max_size=80))
def test_blocks_lose_nothing(text: str):
    check([text])


def test_hostile_words_everywhere_else_are_shown_too():
    evil = "</title></style><script>\"'>\0\u202e<b>"
    entries = at_places(
        e.Opened(title=evil, scenario=evil, house=evil, order=evil, carrier=evil),
        e.Joined(participant=Participant(id=evil, name=evil, model=evil, persona=evil)),
        e.Spoke(author=evil, text="x", cut=evil, reasoning=evil, usage=e.Usage(model=evil)),
        e.Whispered(author=evil, to=evil, text=evil),
        e.ImageRequested(image="I1", prompt=evil, by=evil),
        e.ImageCreated(image="I1", file=evil, painter=evil),
        e.ImageCreated(image="I1", file="a.png", painter=evil),
        e.Searched(query=evil, hits=(evil,), by=evil),
        e.Answered(verb=evil, by=evil, result=evil),
        e.Declined(verb=evil, argument=evil, by=evil, result=evil),
        e.Changed(setting=evil, value=evil, by=evil),
        e.Unplaced(text=evil, why=evil),
        e.Joined(participant=Participant(id="AI-2", name=evil, model=evil, persona=evil)),
        e.Folded(first=0, last=1, carrier=evil, size=1, digest=evil, seconds=1),
    )
    read = Page("".join(html.export(entries, images=evil, reasoning=True, cc=True)))
    assert read.elements <= OURS
    assert read.attributes <= ATTRIBUTES
    assert {address for address in read.addresses if not address.startswith("#")} <= {
        "%3C/title%3E%3C/style%3E%3Cscript%3E%22%27%3E%00%E2%80%AE%3Cb%3E/a.png"
    }


def test_nothing_is_fetched_and_the_policy_knows_the_style_sheet():
    whole = "".join(html.export(room()))
    style = re.search(r"<style>(.*?)</style>", whole, re.DOTALL)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', whole)
    assert style
    assert policy
    digest = b64encode(sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy[1]
    assert "default-src 'none'" in policy[1]
    assert "unsafe" not in policy[1]
    assert not re.search(r"url\(|@import|https?:|//|expression|behavior", style[1])
    assert "style=" not in whole
    assert "http" not in whole.replace("http-equiv", "")


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrasts() -> Iterator[tuple[str, str]]:
    for side, scheme in enumerate(("light", "dark")):
        for ground in GROUNDS[scheme]:
            for ink in (*INKS[scheme], *(pair[side] for pair in COLOURS)):
                yield ink, ground


@pytest.mark.parametrize(("ink", "ground"), contrasts())
def test_every_ink_can_be_read_on_every_ground(ink: str, ground: str):
    dark, light = sorted((luminance(ink), luminance(ground)))
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def picture(name: str, data: bytes, digest: str = "") -> list[Entry]:
    created = e.ImageCreated(image="I1", file=name, sha256=digest, width=4, height=3)
    request = e.ImageRequested(image="I1", prompt="a cat", by="AI-1")
    before = said("x")
    return [*before, *(replace(x, place=x.place + 9) for x in at_places(request, created))]


@pytest.mark.parametrize(
    ("name", "data", "mime"),
    [
        ("a.png", PNG, "image/png"),
        ("a.jpg", b"\xff\xd8\xff\xe0" + b"\0" * 20, "image/jpeg"),
        ("a.webp", b"RIFF\x20\0\0\0WEBPVP8 ", "image/webp"),
        ("a.gif", b"GIF89a" + b"\0" * 20, "image/gif"),
        ("a.jpeg", PNG, "image/png"),
    ],
)
def test_a_picture_is_put_inside_as_what_its_bytes_say(
    tmp_path: Path, name: str, data: bytes, mime: str
):
    (tmp_path / name).write_bytes(data)
    entries = picture(name, data, sha256(data).hexdigest())
    read = Page("".join(html.export(entries, inline_images=tmp_path)))
    assert next(a for a in read.addresses if a[0] != "#").startswith(f"data:{mime};base64,")


@pytest.mark.parametrize(
    ("name", "data", "digest", "why"),
    [
        ("a.png", b"<svg onload='alert(1)'/>", "", "not a PNG"),
        ("a.svg", b"<svg/>", "", "not a picture&#x27;s name"),
        ("../secret.png", PNG, "", "not a picture&#x27;s name"),
        ("/etc/passwd", PNG, "", "not a picture&#x27;s name"),
        ("gone.png", None, "", "No such file"),
        ("a.png", PNG, "0" * 64, "not the one that was painted"),
    ],
)
def test_what_is_no_picture_of_the_room_stays_out(
    tmp_path: Path, name: str, data: bytes | None, digest: str, why: str
):
    folder = tmp_path / "images"
    folder.mkdir()
    (tmp_path / "secret.png").write_bytes(PNG)
    if data is not None and "/" not in name:
        (folder / name).write_bytes(data)
    whole = "".join(html.export(picture(name, b"", digest), inline_images=folder))
    assert "<img" not in whole
    assert "data:image" not in whole
    assert why in whole
    assert "a cat" in whole


def test_a_link_in_the_folder_is_not_followed(tmp_path: Path):
    (tmp_path / "secret.png").write_bytes(PNG)
    folder = tmp_path / "images"
    folder.mkdir()
    (folder / "a.png").symlink_to(tmp_path / "secret.png")
    assert "<img" not in "".join(html.export(picture("a.png", b""), inline_images=folder))


def test_pictures_are_linked_beside_the_page_unless_asked_for_inside():
    assert "images/a.png" in page(picture("a.png", b"")).addresses
    assert '<img src="../my%20pictures/a.png" alt="a cat"' in "".join(
        html.export(picture("a.png", b""), images="../my pictures")
    )


def test_private_commands_are_folded_away_and_public_ones_in_the_open():
    whole = "".join(html.export(said('!prompt "be brief"\n!image "a cat on a mat"')))
    assert '<details class="chip"><summary class="ours">🔒 !prompt · private' in whole
    assert '<code class="chip" dir="auto">!image &quot;a cat on a mat&quot;</code>' in whole


def test_a_persons_line_has_no_commands():
    whole = "".join(html.export(said('!image "a cat on a mat"', author="you")))
    assert "chip" not in whole.split("</style>")[1]


def test_drawings_are_set_in_one_width_and_verse_is_not():
    whole = "".join(html.export(said(VERSE)))
    art = re.findall(r'<pre class="a"[^>]*>(.*?)</pre>', whole, re.DOTALL)
    assert len(art) == 1
    assert art[0].count("\n") == 5
    assert "flicker" not in art[0]


def test_a_long_room_is_written_as_it_is_read():
    def endless() -> Iterator[Entry]:
        yield from said("first")
        for place in range(4, 200_000):
            yield Entry(place, said()[0].at, e.Spoke(author="AI-1", text="word " * 200))

    pieces = html.export(endless())
    tracemalloc.start()
    for _, _piece in zip(range(2000), pieces, strict=False):
        pass
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < 2_000_000


def test_a_room_without_a_word_is_a_page_too():
    assert "Nothing was said." in "".join(html.export([]))
    assert page(said()).messages == []


def test_reasoning_and_cc_are_there_when_asked_for_and_only_then():
    without = "".join(html.export(room()))
    asked = "".join(html.export(room(), reasoning=True, cc=True))
    for words in ("Should I draw?", "cc took in 0 to 12"):
        assert words not in without
        assert words in asked


def test_an_import_without_times_shows_none():
    entries = [
        replace(entry, at=START + timedelta(microseconds=entry.place), source=e.Source(1))
        for entry in said("x", "y", "z")
    ]
    assert "<time" not in "".join(html.export(entries))
    entries[4] = replace(entries[4], at=START + timedelta(minutes=1))
    whole = "".join(html.export(entries))
    assert whole.count("<time") == 1
    assert "2026-01-02 03:05:05 UTC" in whole


def test_the_page_of_the_sample_room_is_as_frozen():
    check_golden("room.html", "".join(html.export(room(), reasoning=True, cc=True)))
