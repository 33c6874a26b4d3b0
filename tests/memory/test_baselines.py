from memory.cc.base import CC, Carrier, Turn, Utterance
from memory.cc.baselines import Empty, Full, Window

LINES = ("a red lamp", "a blue door", "a window\nand a sill", "é" * 12)


def folded(carrier: Carrier) -> CC:
    cc = CC(carrier.name)
    for place, text in enumerate(LINES):
        cc = carrier.fold(cc, Turn(place, place, (Utterance(place, "AI-1", text),)))
    return cc


def test_a_window_holds_the_last_lines_whole() -> None:
    cc = folded(Window(70))
    assert cc.code.decode() == "AI-1: a window\n  and a sill\nAI-1: " + "é" * 12 + "\n"
    assert Window(70).size(cc) == len(cc.code) <= 70


def test_a_window_too_small_for_a_line_holds_its_end() -> None:
    cc = folded(Window(64))
    assert Window(64).render(cc, 10) == "é" * 4
    assert Window(64).render(cc, 1) == ""


def test_a_line_is_not_begun_in_its_middle() -> None:
    cc = folded(Full())
    told = Full().render(cc, len(cc.code) - 3)
    assert told.startswith("AI-1: a blue door\n")


def test_everything_is_held_and_told_as_far_as_it_fits() -> None:
    cc = folded(Full())
    assert cc.code.startswith(b"AI-1: a red lamp\nAI-1: a blue door\n")
    assert Full().size(cc) == len(cc.code)
    assert Full().render(cc, 10_000) == cc.code.decode().rstrip("\n")
    assert Full().render(cc, 40) == "AI-1: " + "é" * 12


def test_nothing_is_held_but_how_far_it_came() -> None:
    cc = folded(Empty())
    assert cc == CC("empty", upto=3)
    assert Empty().render(cc, 2048) == ""
    assert Empty().size(cc) == 0
