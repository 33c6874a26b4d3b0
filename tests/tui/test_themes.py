from pathlib import Path

import pytest
from textual.app import App
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from tui.colours import contrast
from tui.themes import DEFAULT, OURS, BadThemes, colours_for, read

DUSK = """
[themes.dusk]
background = "#1c1a22"
primary = "#b6a0ff"
dark = true

[themes.dawn]
primary = "navy"
background = "rgb(250, 245, 240)"
dark = false
[themes.dawn.variables]
border = "#998877"
"""


def written(tmp_path: Path, text: str | bytes) -> Path:
    file = tmp_path / "themes.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


def refusal(tmp_path: Path, text: str | bytes) -> str:
    with pytest.raises(BadThemes) as refused:
        read(written(tmp_path, text))
    said = str(refused.value)
    assert "\n" not in said
    assert said.startswith(str(tmp_path / "themes.toml"))
    return said


def test_no_file_is_no_themes(tmp_path: Path) -> None:
    assert read(tmp_path / "themes.toml") == []


def test_themes_of_a_file_come_in_its_order(tmp_path: Path) -> None:
    dusk, dawn = read(written(tmp_path, DUSK))
    assert (dusk.name, dusk.primary, dusk.background) == ("dusk", "#b6a0ff", "#1c1a22")
    assert dusk.dark
    assert not dawn.dark
    assert (dawn.primary, dawn.background) == ("#000080", "#faf5f0")
    assert dawn.variables == {"border": "#998877"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[themes.x]\nprimary = 'blu'", ["'x'", "'primary'", "'blu'", "#8fb3d9"]),
        ("[themes.x]\nprimary = 3", ["'primary' is 3"]),
        ("[themes.x]\nprimary = '#12345678'", ["without transparency"]),
        ("[themes.x]\nprimary = 'ansi_red'", ["'ansi_red'"]),
        ("[themes.x]\nprimary = '#123456'\ndark = 'yes'", ["'dark'", "true or false"]),
        ("[themes.x]\ndark = true", ["'primary' is missing"]),
        ("[themes.x]\nprimary='red'\nbackgruond='red'", ["'backgruond'", "background"]),
        ("[themes.x]\nprimary='red'\n[themes.x.variables]\nfoo='red'", ["'foo'"]),
        ("[themes.x]\nprimary='red'\nvariables=3", ["'variables'"]),
        ("[themes.enfold-dark]\nprimary='red'", ["'enfold-dark'", "already"]),
        ("[themes.nord]\nprimary='red'", ["'nord'", "already"]),
        ("[themes.'a\\nb']\nprimary='red'", ["small letters"]),
        ("[themes]\nx = 3", ["not a table"]),
        ("themes = 3", ["[themes.NAME]"]),
        ("[theme.x]\nprimary='red'", ["'theme'", "[themes.NAME]"]),
        ("[themes.x\n", ["not TOML"]),
        (b"\xff\xfe", ["not UTF-8"]),
        (b"#" * 300_000, ["larger than"]),
    ],
)
def test_what_cannot_be_used_is_named_in_one_line(
    tmp_path: Path, text: str | bytes, words: list[str]
) -> None:
    said = refusal(tmp_path, text)
    for word in words:
        assert word in said


def test_a_folder_in_place_of_the_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "themes.toml").mkdir()
    with pytest.raises(BadThemes, match="directory"):
        read(tmp_path / "themes.toml")


@pytest.mark.parametrize("theme", OURS.values(), ids=lambda theme: theme.name)
async def test_our_themes_work_and_their_text_is_readable(theme: Theme) -> None:
    app = App[None]()
    async with app.run_test(size=(40, 10)) as pilot:
        app.register_theme(theme)
        app.theme = theme.name
        await pilot.pause()
        variables = app.theme_variables
    strong = theme.name == "enfold-contrast"
    grounds = [Color.parse(variables[one]) for one in ("background", "surface", "panel")]
    for name in ("foreground", "primary", "accent", "success", "warning", "error"):
        least = 15 if strong and name == "foreground" else 7 if strong else 4.5
        for ground in grounds:
            text = (ground + Color.parse(variables[name])).hex6
            assert contrast(text, ground.hex6) >= least, (name, ground.hex6)


def test_the_default_is_ours() -> None:
    assert DEFAULT in OURS


async def test_participants_have_colours_in_every_theme() -> None:
    app = App[None]()
    ids = [f"p{number}" for number in range(14)]
    async with app.run_test(size=(20, 5)) as pilot:
        for theme in OURS.values():
            app.register_theme(theme)
        for name in [*OURS, *BUILTIN_THEMES]:
            app.theme = name
            await pilot.pause()
            found = colours_for(app.theme_variables)(ids)
            assert list(found) == ids
            for colour in found.values():
                Color.parse(colour)
            if not app.current_theme.ansi:
                assert len(set(found.values())) == 12
                assert found["p0"] == found["p12"]
                ground = Color.parse(app.theme_variables["background"]).hex6
                assert min(contrast(one, ground) for one in found.values()) >= 4.5


async def test_who_comes_later_changes_nobodys_colour() -> None:
    app = App[None]()
    async with app.run_test(size=(20, 5)):
        colours = colours_for(app.theme_variables)
    assert colours(["you", "AI-1", "AI-2"]).items() >= colours(["you", "AI-1"]).items()
    assert colours(["you", "you", "AI-1"]) == colours(["you", "AI-1"])
    assert colours([]) == {}


async def test_who_asked_for_no_colours_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = App[None]()
    async with app.run_test(size=(20, 5)):
        assert colours_for(app.theme_variables, colourless=app.no_color)(["you"]) == {}
