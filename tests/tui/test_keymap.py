"""Keys of one's own: what a file may say, and that nothing in it locks anybody out."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.binding import Binding
from textual.dom import DOMNode
from textual.keys import _character_to_key, format_key

import tui.app
import tui.screens
import tui.widgets
from tui import keymap
from tui.app import EnfoldApp, built_in_keys
from tui.keymap import ENCLOSING, PRESETS, around, asked, canonical, clashes, read

KNOWN = built_in_keys()


def doubled(keys: dict[str, str]) -> set[tuple[str, str, str]]:
    """Keys that mean one thing inside a place and another around it: inner, outer, key."""
    by_key: dict[str, list[str]] = {}
    for name, pressed in keys.items():
        for key in keymap._parts(pressed):
            by_key.setdefault(key, []).append(name)
    return {
        (inner, outer, key)
        for key, names in by_key.items()
        for inner in names
        for outer in names
        if outer.partition(".")[0] in around(inner.partition(".")[0])
    }


# What is built in.


def classes() -> Iterator[type[DOMNode]]:
    """Everything of ours that has keys."""
    modules = [tui.app]
    for package in (tui.screens, tui.widgets):
        modules += [
            importlib.import_module(f"{package.__name__}.{module.name}")
            for module in pkgutil.iter_modules(package.__path__)
        ]
    for module in modules:
        for found in vars(module).values():
            ours = isinstance(found, type) and found.__module__ == module.__name__
            if ours and issubclass(found, DOMNode) and "BINDINGS" in vars(found):
                yield found


def bindings(of: type[DOMNode]) -> Iterator[Binding]:
    yield from Binding.make_bindings(vars(of)["BINDINGS"])


def test_every_key_of_every_screen_and_widget_can_be_changed() -> None:
    found = list(classes())
    assert len(found) > 20
    assert EnfoldApp in found
    nameless = [(one.__name__, b.key) for one in found for b in bindings(one) if not b.id]
    assert nameless == []
    unknown = {b.id for one in found for b in bindings(one)} - set(KNOWN)
    assert unknown == set()
    assert {name.partition(".")[0] for name in KNOWN} == set(ENCLOSING)


def test_one_name_means_the_same_keys_wherever_it_stands() -> None:
    keys: dict[str, set[frozenset[str]]] = {}
    for one in classes():
        mine: dict[str, set[str]] = {}
        for binding in bindings(one):
            mine.setdefault(str(binding.id), set()).add(binding.key)
        for name, pressed in mine.items():
            keys.setdefault(name, set()).add(frozenset(pressed))
    assert {name: found for name, found in keys.items() if len(found) > 1} == {}


def test_no_key_means_two_things_in_one_place() -> None:
    assert clashes(KNOWN) == []


def test_what_means_two_things_within_each_other_does_so_on_purpose() -> None:
    assert doubled(KNOWN) == {
        ("approvals.back", "room.stop", "escape"),
        ("choices.down", "dialog.down", "down"),
        ("choices.page_down", "dialog.page_down", "pagedown"),
        ("choices.page_up", "dialog.page_up", "pageup"),
        ("choices.pick", "importing.open", "enter"),
        ("choices.up", "dialog.up", "up"),
        ("confirm.back", "dialog.up", "up"),
        ("confirm.on", "dialog.down", "down"),
        ("context.leave", "dialog.leave", "escape"),
        ("finder.leave", "start.back", "escape"),
        ("forks.leave", "dialog.leave", "escape"),
        ("help.leave", "app.help", "f1"),
        ("listing.leave", "dialog.leave", "escape"),
        ("offers.begin", "choices.pick", "enter"),
        ("offers.begin", "importing.open", "enter"),
        ("prompt.close", "room.stop", "escape"),
        ("prompt.cursor_line_end", "reading.export", "ctrl+e"),
    }


def test_every_built_in_key_is_one_that_terminals_send() -> None:
    for name, keys in KNOWN.items():
        for key in keys.split(","):
            assert canonical(key), (name, key)
    # Avoided since a terminal cannot tell them from others.
    pressed = {key for keys in KNOWN.values() for key in keys.split(",")}
    assert pressed & {"ctrl+i", "ctrl+m", "ctrl+h", "ctrl+left_square_bracket"} == set()


DESTRUCTIVE = {
    "app.quit", "room.stop", "room.skip", "room.decide", "roster.remove", "roster.cancel",
    "shelf.discard", "approvals.allow", "approvals.refuse", "approvals.always",
    "approvals.never", "confirm.yes", "transcript.edit", "transcript.regenerate",
}  # fmt: skip
"""What loses, ends or decides something."""


def test_nothing_that_loses_something_is_on_a_chord_for_editing_words() -> None:
    chords = (
        {
            f"{modifier}+{key}"
            for modifier in ("ctrl", "alt", "ctrl+shift")
            for key in ("backspace", "delete", "left", "right", "up", "down", "home", "end")
        }
        | {f"ctrl+{key}" for key in "awekudbfnpthyzxcv"}
        | {f"alt+{key}" for key in "dbftul"}
    )
    assert set(KNOWN) >= DESTRUCTIVE
    for name in DESTRUCTIVE:
        assert not chords & set(KNOWN[name].split(",")), name
    # Whatever is left to the screen while nothing is typed only looks at something.
    typing = {
        key
        for name, keys in KNOWN.items()
        if name.startswith("prompt.")
        for key in keys.split(",")
    }
    shared = {
        name
        for name, keys in KNOWN.items()
        if name.partition(".")[0] in {"room", "reading", "app"}
        and typing & set(keys.split(","))
    }
    assert shared == {"room.stop", "reading.export"}  # Esc closes a list first


# What a file may say.


def file(folder: Path, text: str | bytes) -> Path:
    path = folder / "keys.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_no_file_is_no_change(tmp_path: Path) -> None:
    assert read(tmp_path / "keys.toml", KNOWN) == keymap.Keymap({})


def test_a_key_is_changed_with_or_without_quotes_around_the_name(tmp_path: Path) -> None:
    quoted = read(file(tmp_path, '[keys]\n"room.pause" = "F9, Ctrl+Y"'), KNOWN)
    assert quoted.keys == {}
    assert "room.pause: ctrl+y is prompt.redo already" in quoted.troubles[0]
    bare = read(file(tmp_path, '[keys]\nroom.pause = "F9, Ctrl+Space"'), KNOWN)
    assert bare == keymap.Keymap({"room.pause": "f9,ctrl+@,ctrl+space"})


def test_a_preset_lies_under_what_else_the_file_says(tmp_path: Path) -> None:
    text = 'preset = "emacs"\n[keys]\n"transcript.search" = "f9"'
    found = read(file(tmp_path, text), KNOWN)
    assert found.troubles == ()
    assert found.keys == {**PRESETS["emacs"], "transcript.search": "f9"}


@pytest.mark.parametrize("preset", list(PRESETS))
def test_presets_clash_with_nothing(preset: str) -> None:
    found = asked({"preset": preset}, KNOWN, source="f")
    assert found.troubles == ()
    assert set(found.keys) == set(PRESETS[preset])
    for keys in found.keys.values():
        assert all(canonical(key) == key for key in keys.split(",")), keys


def test_a_conflict_is_named_and_refused_and_the_rest_is_used(tmp_path: Path) -> None:
    text = '[keys]\n"room.step" = "ctrl+r"\n"room.skip" = "f9"\n"transcript.raw" = "?,x"'
    found = read(file(tmp_path, text), KNOWN)
    assert found.keys == {"room.skip": "f9", "transcript.raw": "question_mark,x"}
    [trouble] = found.troubles
    assert trouble == f"{tmp_path / 'keys.toml'}: room.step: ctrl+r is reading.roster already"


def test_two_that_want_the_same_key_are_settled_by_who_came_first() -> None:
    found = asked({"keys": {"room.step": "f9", "room.skip": "f9"}}, KNOWN, source="f")
    assert found.keys == {"room.step": "f9"}
    assert found.troubles == ("f: room.skip: f9 is room.step already",)


def test_keys_can_be_exchanged() -> None:
    found = asked({"keys": {"room.step": "f7", "room.skip": "f6"}}, KNOWN, source="f")
    assert found == keymap.Keymap({"room.step": "f7", "room.skip": "f6"})


def test_who_counted_on_a_key_that_is_not_given_up_is_refused_too() -> None:
    body = {"keys": {"room.step": "f7", "room.skip": "f4"}}  # f4 is taken, so f7 stays
    found = asked(body, KNOWN, source="f")
    assert found.keys == {}
    assert [line.partition(": ")[2] for line in found.troubles] == [
        "room.skip: f4 is reading.forks already",
        "room.step: f7 is room.skip already",
    ]


def test_another_way_to_write_a_key_is_the_same_key() -> None:
    for written in ("/", "slash"):
        found = asked({"keys": {"transcript.raw": written}}, KNOWN, source="f")
        assert found.troubles == ("f: transcript.raw: slash is transcript.search already",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[keys]\n"room.paus" = "f9"', "no action 'room.paus'; did you mean 'room.pause'?"),
        ('[keys]\nxyzzy = "f9"', "no action 'xyzzy'; F1 lists the actions"),
        ('[keys]\n"room.pause" = ""', "room.pause: a key expected"),
        ('[keys]\n"room.pause" = 9', "room.pause: a key expected"),
        ('[keys]\n"room.pause" = "ctlr+g"', "'ctlr+g' is no key"),
        ('[keys]\n"room.pause" = "ctrl+gg"', "'ctrl+gg' is no key"),
        ('preset = "nano"', "preset 'nano': one of vim, emacs expected"),
        ("preset = 3", "preset 3: one of"),
        ('[key]\n"room.pause" = "f9"', "'key' means nothing here"),
        ("keys = 3", "[keys] is a table"),
        ("[keys", "no keys are changed"),
        (b"\xff\xfe", "no UTF-8 text; no keys are changed"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(
    tmp_path: Path, text: str | bytes, says: str
) -> None:
    found = read(file(tmp_path, text), KNOWN)
    assert found.keys == {}
    assert len(found.troubles) == 1
    assert says in found.troubles[0]
    assert found.troubles[0].startswith(str(tmp_path / "keys.toml"))
    assert "\n" not in found.troubles[0]


def test_a_file_that_is_a_folder_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "keys.toml").mkdir()
    found = read(tmp_path / "keys.toml", KNOWN)
    assert found.keys == {}
    assert "no keys are changed" in found.troubles[0]


# Names of keys.


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Ctrl+G", "ctrl+g"), ("F5", "f5"), ("?", "question_mark"), ("G", "G"),
        ("shift+g", "G"), ("ctrl+i", "tab"), ("ctrl+M", "enter"), ("ctrl+[", "escape"),
        ("ctrl+space", "ctrl+@"), ("ctrl+@", "ctrl+@"), ("esc", "escape"),
        ("shift+alt+left", "shift+alt+left"), ("alt+shift+left", "shift+alt+left"),
        ("+", "plus"), ("ctrl++", "ctrl+plus"), ("-", "minus"), ("/", "slash"),
        ("full_stop", "full_stop"), ("ü", "ü"), ("", ""), ("ctrl+", ""), ("hello", ""),
        ("ctrl+ctrl+g", ""), ("wheel+g", ""), ("f99", ""), ("a b", ""),
    ],
)  # fmt: skip
def test_a_key_has_one_name(written: str, meant: str) -> None:
    assert canonical(written) == meant


@given(st.characters(exclude_categories=("C", "Z")))
def test_every_character_that_can_be_typed_is_a_key_as_textual_calls_it(character: str) -> None:
    assert canonical(character) == _character_to_key(character)
    assert format_key(canonical(character))


@given(st.text(st.characters(max_codepoint=0x24F), max_size=12))
def test_the_one_name_of_a_key_is_its_own(written: str) -> None:
    assert canonical(canonical(written)) == canonical(written)


SOME = sorted(KNOWN)
SOME_KEYS = ["f6", "f7", "f9", "f12", "ctrl+r", "x", "slash", "/", "ctrl+k", "escape", "j",
             "alt+x", "p", "enter", "ctrl+space", "G", "f6,f9", "nonsense", ",", ""]  # fmt: skip


@given(
    st.dictionaries(
        st.sampled_from([*SOME, "no.such"]), st.sampled_from(SOME_KEYS), max_size=8
    ),
    st.sampled_from(list(PRESETS)),
)
@settings(max_examples=60)
def test_whatever_a_file_asks_for_no_key_comes_to_mean_two_things(
    wished: dict[str, str], preset: str
) -> None:
    found = asked({"preset": preset, "keys": wished}, KNOWN, source="f")
    after = {**KNOWN, **found.keys}
    assert clashes(after) == []
    assert doubled(after) <= doubled(KNOWN)
    for name, keys in wished.items():
        changed = name in found.keys and found.keys[name] != PRESETS[preset].get(name)
        told = any(f"f: {name}" in line or repr(name) in line for line in found.troubles)
        assert changed or told or keys == KNOWN.get(name)
