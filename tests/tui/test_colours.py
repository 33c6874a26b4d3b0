import itertools
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.theme import BUILTIN_THEMES

from tui import colours
from tui.colours import contrast, lab, luminance, palette, without

HEX = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def grounds() -> Iterator[tuple[str, str, list[str]]]:
    for name, theme in BUILTIN_THEMES.items():
        made = theme.to_color_system().generate()
        if not theme.ansi:  # those leave the colours to the terminal
            yield name, made["background"], [made["surface"], made["panel"]]


def nearest(found: list[str]) -> float:
    return min(lab(a).difference(lab(b)) for a, b in itertools.combinations(found, 2))


def test_contrast_is_what_wcag_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#ff0000", "#ff0000") == 1
    assert luminance("#00ff00") == pytest.approx(0.7152)


def test_oklab_is_what_its_author_gives() -> None:
    assert lab("#ffffff") == pytest.approx((1, 0, 0), abs=1e-4)
    assert lab("#ff0000") == pytest.approx((0.62796, 0.22486, 0.12585), abs=1e-4)
    assert lab("#0000ff") == pytest.approx((0.45201, -0.03246, -0.31153), abs=1e-4)


def test_without_a_cone_red_and_green_come_closer() -> None:
    red, green = "#cc4444", "#668822"
    for cones, closer in (("red", 0.6), ("green", 0.1)):
        seen = lab(without(cones, red)).difference(lab(without(cones, green)))
        assert seen < closer * lab(red).difference(lab(green))
        assert without(cones, "#808080") == "#808080"


@pytest.mark.parametrize(
    ("name", "background", "surfaces"), grounds(), ids=lambda x: str(x)[:24]
)
def test_every_theme_has_twelve_readable_colours_that_differ(
    name: str, background: str, surfaces: list[str]
) -> None:
    found = palette(background, surfaces)
    assert len(found) == 12
    assert min(contrast(one, on) for one in found for on in (background, *surfaces)) >= 4.5
    assert nearest(found) >= 5  # 2 can be told apart
    assert nearest(found[:6]) >= 9
    for cones in ("red", "green"):
        assert nearest([without(cones, one) for one in found[:6]]) >= 2


def test_all_themes_but_those_of_the_terminal_were_looked_at() -> None:
    assert len(list(grounds())) == len(BUILTIN_THEMES) - 2 == 19


@given(HEX, st.lists(HEX, max_size=2))
def test_any_background_has_colours_readable_on_it(
    background: str, surfaces: list[str]
) -> None:
    found = palette(background, surfaces)
    assert found
    assert len(set(found)) == len(found)
    assert min(contrast(one, background) for one in found) >= 4.5
    best = max(
        min(contrast(extreme, on) for on in (background, *surfaces))
        for extreme in ("#ffffff", "#000000")
    )
    if best >= 4.5:
        assert min(contrast(one, on) for one in found for on in (background, *surfaces)) >= 4.5


def test_the_same_is_found_again_whatever_the_case() -> None:
    first = palette("#1E1E1E", ["#242F38"])
    colours._palette.cache_clear()
    assert palette("#1e1e1e", ["#242f38"]) == first


def test_fewer_are_the_first_of_more() -> None:
    assert palette("#121212", count=6) == palette("#121212", count=12)[:6]


def test_a_palette_takes_a_few_milliseconds() -> None:
    def spent() -> float:
        colours._palette.cache_clear()
        start = time.process_time()
        palette("#303446", ["#414559", "#51576d"])
        return time.process_time() - start

    assert min(spent() for _ in range(5)) < 0.01  # 3 ms here
