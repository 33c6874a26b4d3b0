import os
import re
from collections import Counter
from itertools import chain
from pathlib import Path

import pytest

from agents.catalogue.catalogue import Catalogue
from agents.catalogue.models import Model
from agents.errors import ScenarioError, UnknownModel
from agents.scenarios.scenario import (
    FOLDER,
    Scenario,
    bundled,
    default,
    load,
    user_scenarios,
    validate,
)
from transcripts.commands import words as w
from transcripts.commands.parse import parse
from transcripts.commands.words import Found
from transcripts.events import Caps, Joined, Opened, Spoke
from transcripts.participants import PERSON, ROOM

NAMES = ["lighthouse", "radioplay", "tramdepot", "twomaps"]
"""Those that play scripts: all but the byte model's."""
VERBS = set(Caps().per_turn)

SMALL = """
title = "Two doors"
house = "Be brief about {topic}."

[variables]
topic = "doors"

[[cast]]
name = "Ada"
script = ["Left, says {topic}.", '''
!mute_self
''']

[[cast]]
name = "Bob"
model = "any/real"
temperature = 0.5
persona = "You love {topic}."
"""


def write(folder: Path, text: str, name: str = "doors.toml") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def commands(scenario: Scenario) -> list[Found]:
    lines = chain.from_iterable(scenario.script.values())
    return [found for line in lines for found in parse(line).found]


def kinds(scenario: Scenario) -> Counter[type[w.Command]]:
    return Counter(type(found.command) for found in commands(scenario))


def test_the_default_comes_first_and_every_bundled_one_is_there() -> None:
    assert bundled() == [*NAMES, "bytes"]
    assert default() == "lighthouse"
    assert [name for name in NAMES if load(name).default] == ["lighthouse"]


@pytest.mark.parametrize("name", NAMES)
def test_every_bundled_scenario_is_sound_and_needs_no_key(name: str) -> None:
    scenario = load(name)

    assert validate(FOLDER / f"{name}.toml") == []
    assert scenario.scripted
    assert all(role.script for role in scenario.guests)
    assert scenario.painter == "sketch"
    assert scenario.description
    assert scenario.house
    assert scenario.opening


def test_the_byte_models_scenario_is_sound_and_has_no_other_speakers() -> None:
    scenario = load("bytes")
    assert validate(FOLDER / "bytes.toml") == []
    assert {role.model for role in scenario.cast} == {"bytes/small"}
    assert (scenario.guests, scenario.painter, scenario.scripted) == ((), "sketch", False)


@pytest.mark.parametrize("name", NAMES)
def test_turns_of_bundled_scenarios_read_well_on_any_screen(name: str) -> None:
    for who, lines in load(name).script.items():
        for line in lines:
            talk = [row for row in line.split("\n") if row.strip()]
            assert 2 <= len(talk) <= 22, (who, line)
            for row in talk:
                # A row that a narrow screen would wrap is a whole paragraph.
                assert len(row) < 76 or row.startswith("!") or row[-1] in '.?!:"', row
            assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", line)


@pytest.mark.parametrize("name", NAMES)
def test_no_variable_is_left_open_in_a_bundled_scenario(name: str) -> None:
    scenario = load(name)
    texts = [scenario.title, scenario.opening, scenario.house, scenario.description]
    texts += [role.persona for role in scenario.cast]
    texts += chain.from_iterable(scenario.script.values())

    for variable in scenario.variables:
        assert not any(f"{{{variable}}}" in text for text in texts)
        changed = load(name, {variable: "Zyx"})
        assert any("Zyx" in line for line in chain.from_iterable(changed.script.values()))


EXPECTED = {
    "lighthouse": {
        "AI-1": [
            ["prompt", "temperature"],
            ["temperature"],
            ["list_models", "prompt"],
            ["add_ai"],
            ["remove_ai", "vote"],
            [],
        ],
        "AI-2": [
            ["image", "image", "prompt"],
            ["add_ai", "search", "horn"],
            ["add_ai", "whisper"],
            ["vote", "vote"],
            ["vote", "prompt_clear"],
            ["image"],
        ],
        "AI-3": [
            ["temperature"],
            ["prompt"],
            ["add_ai", "mute_self"],
            ["vote", "vote"],
            [],
        ],
        "scripted/brackwater-radio": [[], ["vote"], [], ["leave"]],
        "scripted/brackwater-forecast": [["vote", "temperature"], []],
    },
    "radioplay": {
        "AI-1": [["prompt"], ["image"], ["vote", "vote"], ["prompt_clear"]],
        "AI-2": [
            ["temperature", "gull"],
            ["add_ai", "temperature"],
            ["whisper", "vote"],
            ["mute_self"],
        ],
        "AI-3": [
            ["list_models", "prompt"],
            ["add_ai", "prompt"],
            ["vote", "temperature"],
            [],
        ],
        "scripted/studio-clock": [[], ["vote"], ["leave"]],
    },
    "tramdepot": {
        "AI-1": [["prompt"], ["add_ai"], ["vote", "vote"], ["prompt_clear"]],
        "AI-2": [["temperature"], ["whisper"], ["vote"], ["mute_self"]],
        "AI-3": [["search"], ["temperature"], ["vote", "prompt"], ["image"]],
        "scripted/depot-clock": [[], ["vote"], ["leave"]],
    },
    "twomaps": {
        "AI-1": [["prompt"], ["add_ai"], ["vote", "image"], ["vote", "prompt_clear"]],
        "AI-2": [
            ["add_ai", "temperature"],
            ["vote", "vote", "temperature"],
            ["prompt"],
            ["vote"],
        ],
        "AI-3": [["whisper", "mute_self"], ["remove_ai", "vote"], []],
        "scripted/the-ferryman": [[], ["vote", "vote"], ["leave"]],
    },
}


@pytest.mark.parametrize("name", NAMES)
def test_scripts_ask_for_exactly_what_they_mean_to(name: str) -> None:
    found = {
        who: [[one.call.verb for one in parse(line).found] for line in lines]
        for who, lines in load(name).script.items()
    }

    assert found == EXPECTED[name]


@pytest.mark.parametrize("name", NAMES)
def test_no_command_of_a_script_is_broken(name: str) -> None:
    scenario = load(name)
    odd = [one for one in commands(scenario) if isinstance(one.command, w.Malformed)]

    assert {one.call.verb for one in odd} <= {"horn", "gull"}
    assert not any("unterminated" in one.call.flags for one in commands(scenario))


@pytest.mark.parametrize("name", NAMES)
def test_invitations_of_scripts_find_the_guest_they_mean(name: str) -> None:
    scenario = load(name)
    guests = Catalogue(
        Model(id=guest.model, name=guest.name, aliases=guest.aliases, provider="scripted")
        for guest in scenario.guests
    )
    invited: set[str] = set()
    for one in commands(scenario):
        match one.command:
            case w.Invite("Brackwater" as model):
                with pytest.raises(UnknownModel, match="Brackwater Radio, Brackwater Forecast"):
                    guests.resolve(model)
            case w.Invite("Cyrus Blackwood" as model):
                with pytest.raises(UnknownModel):
                    guests.resolve(model)
            case w.Invite(model):
                invited.add(guests.resolve(model).id)
            case _:
                pass

    assert invited == {guest.model for guest in scenario.guests}


def test_the_default_shows_every_verb() -> None:
    assert {one.call.verb for one in commands(load("lighthouse"))} >= VERBS
    assert set(kinds(load("lighthouse"))) == {
        w.Prompt,
        w.PromptClear,
        w.Temperature,
        w.Invite,
        w.Paint,
        w.Mute,
        w.ListModels,
        w.Search,
        w.Whisper,
        w.Vote,
        w.Remove,
        w.Leave,
        w.Malformed,
    }


def test_the_default_shows_what_can_go_wrong_and_does_not() -> None:
    script = load("lighthouse").script
    ansgar, pell = script["AI-1"], script["AI-2"]
    asked = [one.command for one in commands(load("lighthouse"))]

    prompts = [one for one in asked if isinstance(one, w.Prompt)]
    assert max(Counter(one.text for one in prompts).values()) == 2
    values = [one.value for one in asked if isinstance(one, w.Temperature)]
    assert values.count(0.4) == 2
    assert max(values) > 2
    invited = [one.model for one in asked if isinstance(one, w.Invite)]
    assert invited.count("Brackwater Radio") == 2
    assert "Brackwater" in invited
    assert sum(isinstance(one.command, w.Paint) for one in parse(pell[0]).found) == 2
    opens = [one for one in asked if isinstance(one, w.Vote) and one.opens]
    assert [one.options for one in opens] == [("north", "south", "none")]
    answers = [one for one in asked if isinstance(one, w.Vote) and not one.opens]
    assert Counter(one.question for one in answers) == {"P1": 5, "P2": 2}

    fenced = ansgar[1]
    assert '\n!add_ai "its name"' in fenced
    assert "\n!leave\n" in fenced
    assert [one.call.verb for one in parse(fenced).found] == ["temperature"]
    escaped = ansgar[3]
    assert "\n\\!mute_self\n" in escaped
    assert "\n!mute_self\n" in parse(escaped).public


def test_the_default_is_as_long_as_a_first_look_should_be() -> None:
    scenario = load("lighthouse")
    turns = sum(len(scenario.script[f"AI-{n}"]) for n in (1, 2, 3)) + 4 + 1

    assert len(scenario.cast) == 3
    assert scenario.rounds == 6
    assert 18 <= turns <= 24


def test_the_default_comes_back_to_what_was_said_early() -> None:
    script = load("lighthouse").script
    early = "\n".join(script[f"AI-{n}"][0] for n in (1, 2, 3))
    late = "\n".join(line for lines in script.values() for line in lines[-2:])

    for fact in ("kettle", "ring", "eleven", "eight", "Glass 9", "Oil", "north landing"):
        assert fact.casefold() in early.casefold()
        assert fact.casefold() in late.casefold()


def test_private_words_of_scripts_are_not_public() -> None:
    for name in NAMES:
        for line in chain.from_iterable(load(name).script.values()):
            parsed = parse(line)
            for one in parsed.found:
                match one.command:
                    case w.Prompt(text) | w.Whisper(_, text):
                        assert text not in parsed.public
                    case _:
                        pass


def test_a_scenario_opens_a_room(tmp_path: Path) -> None:
    scenario = load(write(tmp_path, SMALL))

    assert scenario.opened(seed=7) == Opened(
        title="Two doors", scenario="doors", house="Be brief about doors.", seed=7
    )
    ada, bob = scenario.participants()
    assert (ada.id, ada.name, ada.model, ada.temperature) == (
        "AI-1",
        "Ada",
        "scripted/ada",
        None,
    )
    assert (bob.id, bob.model, bob.persona) == ("AI-2", "any/real", "You love doors.")
    assert scenario.script == {"AI-1": ["Left, says doors.", "!mute_self"]}
    assert not scenario.scripted


def test_what_a_scenario_opens_can_be_written_to_a_log() -> None:
    for name in NAMES:
        scenario = load(name)
        events = [
            scenario.opened(),
            *(Joined(participant=one) for one in scenario.participants()),
            Spoke(author=scenario.opening_by, text=scenario.opening),
        ]
        assert scenario.opening_by in {PERSON, ROOM}
        assert len(events) == len(scenario.cast) + 2


def test_a_variable_can_be_set_from_outside(tmp_path: Path) -> None:
    scenario = load(write(tmp_path, SMALL), {"topic": "gates"})

    assert scenario.house == "Be brief about gates."
    assert scenario.script["AI-1"][0] == "Left, says gates."
    assert scenario.variables == {"topic": "gates"}


def test_a_variable_nobody_has_is_refused_with_a_hint(tmp_path: Path) -> None:
    path = write(tmp_path, SMALL)

    with pytest.raises(
        ScenarioError, match=r"doors.toml: no variable 'topik'; did you mean 'topic'"
    ):
        load(path, {"topik": "gates"})


def test_braces_of_code_in_a_script_are_left_alone(tmp_path: Path) -> None:
    text = SMALL.replace("Left, says {topic}.", "print({topic}, {other}, {})")

    assert load(write(tmp_path, text)).script["AI-1"][0] == "print(doors, {other}, {})"


def test_a_script_can_have_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "ada.txt").write_text(
        "One.\n\n   /\\\n%%\n\n   /\\\n  /__\\\n!mute_self\n%%\nThree, {topic}.\n"
    )
    text = SMALL.replace(
        "script = [\"Left, says {topic}.\", '''\n!mute_self\n''']", 'script_file = "ada.txt"'
    )

    assert load(write(tmp_path, text)).script["AI-1"] == [
        "One.\n\n   /\\",
        "   /\\\n  /__\\\n!mute_self",
        "Three, doors.",
    ]


@pytest.mark.parametrize("file", ["../ada.txt", "/etc/hostname", "gone.txt"])
def test_a_script_file_elsewhere_is_refused(tmp_path: Path, file: str) -> None:
    folder = tmp_path / "inside"
    folder.mkdir()
    (tmp_path / "ada.txt").write_text("Hello.")
    text = f'title = "t"\n[[cast]]\nname = "Ada"\nscript_file = "{file}"\n'

    [problem] = validate(write(folder, text))
    assert problem.startswith("doors.toml: cast[0].script_file: ")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (('house = "Be', 'huose = "Be'), "huose: no such key; did you mean 'house'?"),
        (('title = "Two doors"', ""), "title: is missing"),
        (("temperature = 0.5", "temperature = 3"), "cast[1].temperature: should be less than"),
        (
            ("temperature = 0.5", 'temperature = "hot"'),
            "cast[1].temperature: should be a valid",
        ),
        (("temperature = 0.5", "temprature = 1"), "did you mean 'temperature'?"),
        (('house = "Be', 'order = "round-robin"\nhouse = "Be'), "did you mean 'round_robin'?"),
        (('house = "Be', 'order = "backwards"\nhouse = "Be'), "order: 'backwards' is none of"),
        (("!mute_self\n", '!mute_sefl "x"\n'), "cast[0].script[1]: unknown verb !mute_sefl"),
        (("!mute_self\n", "!temperature hot\n"), "cast[0].script[1]: !temperature: "),
        (("!mute_self\n", '!prompt "never closed\n'), "a quote is never closed"),
        (("!mute_self\n", " \n"), "cast[0].script[1]: is empty"),
        (('name = "Bob"', 'name = "ada"'), "'ada' is the name of cast[0] already"),
        (('name = "Bob"', 'name = "[Bob]"'), "has a bracket, colon or line break"),
        (('model = "any/real"', 'model = "any real"'), "a model id has none"),
        (('model = "any/real"', ""), "cast[1].model: is missing"),
        (('model = "any/real"', 'model = "scripted/bob"'), "cast[1].script: is missing"),
        (
            ("love {topic}", "love {tpoic}"),
            "cast[1].persona: {tpoic} is not among the variables",
        ),
        (("about {topic}", "about {x}"), "house: {x} is not among the variables"),
        (
            ("[variables]", "[caps]\nseats = 1\n[variables]"),
            "cast: 2 members, but caps.seats is 1",
        ),
        (("[variables]", "[caps]\nseats = 99\n[variables]"), "caps.seats: should be less than"),
        (("[variables]", "[caps]\nseets = 3\n[variables]"), "caps.seets: no such key"),
        (("[variables]", '[caps]\nturns = "many"\n[variables]'), "caps.turns: "),
        (("[variables]", "[caps.per_turn]\nimges = 3\n[variables]"), "did you mean 'image'?"),
        (("[variables]", '[approvals]\nimage = "maybe"\n[variables]'), "approvals.image: "),
        (
            ("[variables]", '[approvals]\nimages = "ask"\n[variables]'),
            "approvals.images: unknown",
        ),
        (
            ("[variables]", '[approvals]\n"Ada/image" = "ask"\n[variables]'),
            "'Ada' is no participant",
        ),
        (('title = "Two', "title = Two"), "is not TOML"),
        (("[[cast]]", "[[caste]]"), "cast: is missing"),
    ],
)
def test_what_is_wrong_is_said_in_a_line_with_file_and_key(
    tmp_path: Path, change: tuple[str, str], problem: str
) -> None:
    path = write(tmp_path, SMALL.replace(*change))
    problems = validate(path)

    assert any(problem in one for one in problems), problems
    assert all(one.startswith("doors.toml: ") and "\n" not in one for one in problems)
    with pytest.raises(ScenarioError) as caught:
        load(path)
    assert "\n" not in str(caught.value)


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    text = (
        SMALL.replace("temperature = 0.5", "temperature = 3")
        .replace('house = "Be', 'huose = "Be')
        .replace("!mute_self\n", '!mute_sefl "x"\n!vtoe "y"\n')
        .replace("[variables]", '[approvals]\nimages = "ask"\n[variables]')
    )

    keys = [problem.split(": ")[1] for problem in validate(write(tmp_path, text))]

    assert sorted(keys) == [
        "approvals.images",
        "cast[0].script[1]",
        "cast[0].script[1]",
        "cast[1].temperature",
        "huose",
    ]


def test_a_verb_that_is_unknown_on_purpose_is_let_through(tmp_path: Path) -> None:
    text = SMALL.replace("!mute_self\n", '!horn "once"\n')
    assert len(validate(write(tmp_path, text))) == 1

    allowed = text.replace("house =", 'unknown_verbs = ["horn"]\nhouse =')
    assert validate(write(tmp_path, allowed)) == []


def test_no_limit_is_written_as_none(tmp_path: Path) -> None:
    text = SMALL.replace(
        "[variables]",
        '[caps]\nturns = "none"\ndollars = "none"\nseats = 3\n[caps.per_turn]\nimage = 2\n[variables]',
    )
    caps = load(write(tmp_path, text)).caps

    assert (caps.turns, caps.dollars, caps.tokens, caps.seats) == (None, None, None, 3)
    assert caps.per_turn == Caps().per_turn | {"image": 2}


def test_a_guest_has_other_names_and_a_script_of_its_own(tmp_path: Path) -> None:
    text = SMALL + '\n[[guests]]\nname = "The Owl"\naliases = ["Owl"]\nscript = ["Hoo."]\n'
    scenario = load(write(tmp_path, text))

    [owl] = scenario.guests
    assert (owl.model, owl.aliases) == ("scripted/the-owl", ("Owl",))
    assert scenario.script["scripted/the-owl"] == ["Hoo."]


def test_a_name_that_is_none_is_refused_with_what_there_is() -> None:
    with pytest.raises(
        ScenarioError, match="no scenario called 'lighthose'; did you mean lighthouse"
    ):
        load("lighthose")
    with pytest.raises(
        ScenarioError, match="there are lighthouse, radioplay, tramdepot, twomaps, bytes"
    ):
        load("qqq")


def test_a_file_that_cannot_be_read_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"gone\.toml: cannot be read: No such file"):
        load(tmp_path / "gone.toml")
    path = tmp_path / "bytes.toml"
    path.write_bytes(b'title = "\xff"')
    assert validate(path) == ["bytes.toml: is not UTF-8 at byte 9"]


def test_scenarios_of_ones_own_are_found(tmp_path: Path) -> None:
    write(tmp_path, SMALL, "b.toml")
    write(tmp_path, SMALL, "a.toml")
    write(tmp_path, "", "notes.txt")

    assert [path.name for path in user_scenarios(tmp_path)] == ["a.toml", "b.toml"]
    assert user_scenarios(tmp_path / "gone") == []


@pytest.mark.timeout(20)
def test_what_never_ends_or_never_begins_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="zero: is no file"):
        load("/dev/zero")
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    with pytest.raises(ScenarioError, match=r"pipe\.toml: is no file"):
        load(pipe)
    long = tmp_path / "long.toml"
    with long.open("wb") as file:
        file.truncate(1 << 30)
    with pytest.raises(ScenarioError, match="has more than"):
        load(long)
