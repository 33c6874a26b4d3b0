"""What a scenario lacks to run here, told before anybody is asked."""

from dataclasses import replace
from pathlib import Path

import pytest

from agents.catalogue.catalogue import Catalogue
from agents.catalogue.models import Model
from agents.errors import CatalogueError
from agents.scenarios.scenario import Role, Scenario, bundled, load
from harness.compose import ready
from harness.paths import paths
from tests.memory import tiny


def a_scenario(*models: str, painter: str = "sketch") -> Scenario:
    cast = tuple(Role(name=f"N{i}", model=model) for i, model in enumerate(models))
    return Scenario(name="x", path=Path("x.toml"), title="X", cast=cast, painter=painter)


@pytest.mark.parametrize("name", bundled())
def test_the_bundled_ones_lack_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", str(tiny.FILE))
    assert ready(load(name), paths()) == []


def test_without_a_byte_model_its_scenario_lacks_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", "")
    assert ready(load("bytes"), paths()) == [
        "AI-1 needs the byte model, and none is here",
        "AI-2 needs the byte model, and none is here",
    ]


def test_a_key_that_is_missing_is_named_with_who_needs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    scenario = a_scenario("scripted/ada", "gpt-4o-mini", "http://127.0.0.1:1/v1#qwen3")
    assert ready(scenario, paths()) == ["AI-2 needs OPENAI_API_KEY"]
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    assert ready(scenario, paths()) == []


def test_whoever_plays_a_script_needs_no_key() -> None:
    scenario = a_scenario("gpt-4o-mini")
    assert (
        ready(replace(scenario, cast=(replace(scenario.cast[0], script=("hi",)),)), paths())
        == []
    )


def test_a_model_newer_than_our_table_needs_its_providers_key() -> None:
    scenario = a_scenario("openai/gpt-99-enormous", "ollama/qwen99")
    assert ready(scenario, paths()) == ["AI-1 needs OPENAI_API_KEY"]


def test_a_model_that_nobody_knows_is_told() -> None:
    [line] = ready(a_scenario("xyzzy plugh"), paths())
    assert line.startswith("AI-1: ")
    assert "xyzzy plugh" in line


def test_who_draws_counts_too() -> None:
    [line] = ready(a_scenario("scripted/ada", painter="gpt-image-1"), paths())
    assert line == "the painter needs OPENAI_API_KEY"


def test_what_a_look_around_found_is_used() -> None:
    local = Model(
        id="http://127.0.0.1:11434/v1#q", name="Qwen 3", provider="ollama", local=True
    )
    assert ready(a_scenario("Qwen 3"), paths(), Catalogue([local])) == []


def test_additions_that_cannot_be_read_are_an_error() -> None:
    where = paths()
    where.config.mkdir(parents=True)
    where.models.write_text("nonsense = 1")
    with pytest.raises(CatalogueError):
        ready(a_scenario("gpt-4o-mini"), where)
