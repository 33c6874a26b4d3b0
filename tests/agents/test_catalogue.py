"""Names, sources, prices, keys and temperatures of models."""

import asyncio
import json
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.catalogue import names
from agents.catalogue.additions import added
from agents.catalogue.catalogue import Catalogue
from agents.catalogue.models import Model, cost, missing_key
from agents.catalogue.servers import Server, base_url, find_servers
from agents.catalogue.table import listed, models_in, rows_of, table_path, unlisted
from agents.catalogue.temperature import effective_temperature
from agents.errors import CatalogueError, UnknownModel


def a_model(model_id: str, **more: object) -> Model:
    return replace(Model(id=model_id, name=names.display(model_id), window=8192), **more)


OPUS = a_model("claude-opus-4-5", provider="anthropic", key="ANTHROPIC_API_KEY")
OPUS_DATED = a_model("claude-opus-4-5-20251101", provider="anthropic", key="ANTHROPIC_API_KEY")
OPUS_ELSEWHERE = a_model(
    "vercel_ai_gateway/anthropic/claude-opus-4.5",
    provider="vercel_ai_gateway",
    key="VERCEL_AI_GATEWAY_API_KEY",
)
OPUS_NEXT = a_model("claude-opus-4-6", provider="anthropic", key="ANTHROPIC_API_KEY")
HAIKU = a_model("claude-haiku-4-5", provider="anthropic", key="ANTHROPIC_API_KEY")
FLASH = a_model("gemini/gemini-3-flash-preview", provider="gemini", key="GEMINI_API_KEY")
GPT = a_model("gpt-5", provider="openai", key="OPENAI_API_KEY")
GPT_NEXT = a_model("gpt-5.1", provider="openai", key="OPENAI_API_KEY")
GPT_PAINTS = a_model("gpt-image-1", provider="openai", key="OPENAI_API_KEY", images=True)
KIMI = a_model("moonshot/kimi-k2-thinking", provider="moonshot", key="MOONSHOT_API_KEY")
PART = a_model("scripted/mira", name="Mira", provider="scripted")
LOCAL = a_model(
    "http://127.0.0.1:11434/v1#qwen3:8b", aliases=("qwen3:8b",), provider="ollama", local=True
)
ALL = (
    OPUS,
    OPUS_DATED,
    OPUS_ELSEWHERE,
    OPUS_NEXT,
    HAIKU,
    FLASH,
    GPT,
    GPT_NEXT,
    GPT_PAINTS,
    KIMI,
    PART,
    LOCAL,
)


def a_catalogue(*keys: str) -> Catalogue:
    return Catalogue(ALL, dict.fromkeys(keys, "secret"))


@pytest.mark.parametrize(
    ("model_id", "name"),
    [
        ("claude-opus-4-5", "Claude Opus 4.5"),
        ("claude-opus-4-5-20251101", "Claude Opus 4.5 (2025-11-01)"),
        ("claude-3-5-sonnet-20241022", "Claude 3.5 Sonnet (2024-10-22)"),
        ("gemini/gemini-3-flash", "Gemini 3 Flash"),
        ("openrouter/deepseek/deepseek-r1", "DeepSeek R1"),
        ("gpt-4o-mini", "GPT-4o Mini"),
        ("groq/openai/gpt-oss-120b", "GPT-OSS 120B"),
        ("o3-mini", "o3 Mini"),
        ("command-r-08-2024", "Command R (2024-08)"),
        ("fireworks_ai/accounts/fireworks/models/deepseek-v3p1", "DeepSeek V3.1"),
        ("together_ai/Qwen/Qwen3-Next-80B-A3B-Instruct", "Qwen3 Next 80B A3B Instruct"),
        ("http://127.0.0.1:11434/v1#qwen3:8b", "Qwen3 8B"),
        ("xai/grok-4.20", "Grok 4.20"),
        ("gpt-4-0613", "GPT-4 0613"),
    ],
)
def test_ids_become_names_for_people(model_id: str, name: str) -> None:
    assert names.display(model_id) == name


@given(st.text(max_size=300))
def test_every_text_has_a_name_and_can_be_asked_for(text: str) -> None:
    if text:
        assert names.display(text)
    try:
        meant = a_catalogue().resolve(text)
    except UnknownModel as refusal:
        limits = (len(refusal.suggestions) <= 3, len(refusal.name) <= names.LONGEST)
    else:
        limits = (meant in ALL,)
    assert all(limits)


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("claude-opus-4-5", OPUS),
        ("claude-opus-4-5-20251101", OPUS_DATED),
        ("Claude Opus 4.5", OPUS),
        ("  CLAUDE OPUS 4.5 ", OPUS),
        ("claude opus 4-5", OPUS),
        ("ClaudeOpus45", OPUS),
        ("anthropic/claude-opus-4.5", OPUS),
        ("Anthropic: Claude Opus 4.5", OPUS),
        ("anthropic claude opus 4.5", OPUS),
        ("vercel_ai_gateway/anthropic/claude-opus-4.5", OPUS_ELSEWHERE),
        ("Opus 4.5", OPUS),
        ("Gemini 3 Flash", FLASH),
        ("google/gemini-3-flash", FLASH),
        ("Gemni 3 Flash Preview", FLASH),
        ("GPT 5", GPT),
        ("gpt-5.1", GPT_NEXT),
        ("Kimi K2", KIMI),
        ("qwen3:8b", LOCAL),
        ("Qwen3 8B", LOCAL),
        ("mira", PART),
        ("claude haiku", HAIKU),
    ],
)
def test_a_model_is_found_by_what_people_call_it(asked: str, meant: Model) -> None:
    assert a_catalogue().resolve(asked) == meant


@pytest.mark.parametrize(
    ("asked", "suggested"),
    [
        ("Claude Opus 4.4", "Claude Opus 4.5"),  # a version is no slip of the pen
        ("Claude", "Claude Haiku 4.5"),  # means several
        ("Claude Opus 4", "Claude Opus 4.5"),
        ("GPT-5.2", "GPT-5.1"),
        ("Gemini 3 Pro", "Gemini 3 Flash Preview"),
    ],
)
def test_what_is_not_meant_for_certain_is_refused_with_suggestions(
    asked: str, suggested: str
) -> None:
    with pytest.raises(UnknownModel) as refusal:
        a_catalogue().resolve(asked)
    assert suggested in refusal.value.suggestions
    assert len(set(refusal.value.suggestions)) == len(refusal.value.suggestions) <= 3


@pytest.mark.parametrize("asked", ["", "  ", "!!!", "zzzzzzzz", "\x1b[31m", "\0"])
def test_nonsense_is_refused_without_suggestions(asked: str) -> None:
    with pytest.raises(UnknownModel) as refusal:
        a_catalogue().resolve(asked)
    assert refusal.value.suggestions == ()


def test_of_one_name_the_model_whose_key_is_there_is_taken() -> None:
    assert a_catalogue("VERCEL_AI_GATEWAY_API_KEY").resolve("Claude Opus 4.5") == OPUS_ELSEWHERE
    both = a_catalogue("VERCEL_AI_GATEWAY_API_KEY", "ANTHROPIC_API_KEY")
    assert both.resolve("Claude Opus 4.5") == OPUS


def test_a_short_name_is_read_among_reachable_models_first() -> None:
    with pytest.raises(UnknownModel):
        Catalogue([FLASH, a_model("gemini/gemini-2.5-pro", key="OTHER")], {}).resolve("gemini")
    assert (
        Catalogue(
            [FLASH, a_model("gemini/gemini-2.5-pro", key="OTHER")], {"GEMINI_API_KEY": "k"}
        ).resolve("gemini")
        == FLASH
    )


def test_painters_are_not_invited_and_speakers_do_not_paint() -> None:
    catalogue = a_catalogue()
    with pytest.raises(UnknownModel):
        catalogue.resolve("gpt-image-1")
    assert catalogue.resolve("GPT Image 1", images=True) == GPT_PAINTS
    assert catalogue.painters == (GPT_PAINTS,)
    assert GPT_PAINTS not in catalogue.speakers


def test_searching_gives_one_model_a_name_in_a_fixed_order() -> None:
    found = a_catalogue("ANTHROPIC_API_KEY").search("opus 4")
    assert [model.id for model in found] == [OPUS.id, OPUS_DATED.id, OPUS_NEXT.id]
    assert Catalogue(reversed(ALL), {"ANTHROPIC_API_KEY": "k"}).search("opus 4") == found
    assert a_catalogue().search("opus zebra") == ()
    assert set(a_catalogue().search("")) == {*a_catalogue().speakers, GPT_PAINTS}


def test_what_is_here_comes_before_what_needs_a_key() -> None:
    assert {model.id for model in a_catalogue().speakers[:2]} == {PART.id, LOCAL.id}


def test_the_table_is_read_without_importing_litellm_and_fast() -> None:
    code = (
        "import sys, time; from agents.catalogue.table import listed\n"
        "started = time.process_time(); models = listed()\n"
        "print(len(models), time.process_time() - started, 'litellm' in sys.modules)"
    )
    count, seconds, imported = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    assert int(count) > 500
    assert float(seconds) < 1.0  # 0.04 on an idle machine
    assert imported == "False"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), VALUES, max_size=6), st.sampled_from([None, 0, 1, 4]))
def test_a_table_read_row_by_row_is_what_json_reads(
    table: dict[str, object], indent: int | None
) -> None:
    text = json.dumps(table, indent=indent)
    assert list(rows_of(text)) == list(json.loads(text).items())


@given(st.text(max_size=30) | VALUES.map(json.dumps))
def test_what_is_no_table_is_an_error_and_nothing_else(text: str) -> None:
    with suppress(ValueError):
        assert all(isinstance(name, str) for name, _ in rows_of(text))


def test_the_installed_table_gives_models_with_prices_windows_and_keys() -> None:
    opus = Catalogue(listed(), {}).resolve("Claude Opus 4.5")
    assert opus.id == OPUS.id
    assert (opus.dollars_in, opus.dollars_out) == (5.0, 25.0)
    assert opus.window == 200_000
    assert opus.vision
    assert opus.key == "ANTHROPIC_API_KEY"
    assert len({model.id for model in listed()}) == len(listed())


def test_rows_that_are_no_models_are_left_out() -> None:
    row = {"litellm_provider": "openai", "mode": "chat"}
    models = models_in(
        {
            "sample_spec": {"mode": "one of: chat, embedding"},
            "gpt-9": {**row, "input_cost_per_token": 2e-6, "max_input_tokens": 100},
            "gpt-9-audio": row,
            "text-embedding-9": {**row, "mode": "embedding"},
            "ft:gpt-9": row,
            "azure/gpt-9": {**row, "litellm_provider": "azure"},
            "low/1024-x-1024/gpt-image-9": {**row, "mode": "image_generation"},
            "gpt-image-9": {**row, "mode": "image_generation"},
            "broken": ["not", "a", "row"],
        }
    )
    assert [model.id for model in models] == ["gpt-9", "gpt-image-9"]
    assert models[0].dollars_in == 2.0
    assert models[0].dollars_out is None
    assert models[1].images


def test_an_id_that_no_table_has_is_taken_from_the_person_if_its_provider_is_known() -> None:
    model = unlisted("openrouter/deepseek/deepseek-r1")
    assert (model.name, model.key) == ("DeepSeek R1", "OPENROUTER_API_KEY")
    for strange in ("nobody/model", "openrouter/", "gpt-5", ""):
        with pytest.raises(UnknownModel):
            unlisted(strange)


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({}, "GEMINI_API_KEY"),
        ({"GEMINI_API_KEY": ""}, "GEMINI_API_KEY"),
        ({"GEMINI_API_KEY": "  "}, "GEMINI_API_KEY"),
        ({"GEMINI_API_KEY": "k"}, ""),
        ({"GOOGLE_API_KEY": "k"}, ""),
        ({"OPENAI_API_KEY": "k"}, "GEMINI_API_KEY"),
    ],
)
def test_a_missing_key_is_named(environment: Mapping[str, str], missing: str) -> None:
    assert missing_key(FLASH, environment) == missing
    assert missing_key(LOCAL, environment) == ""


def test_keys_are_read_from_the_environment_and_never_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert missing_key(GPT) == "OPENAI_API_KEY"
    monkeypatch.setenv("OPENAI_API_KEY", "sk-very-secret")
    catalogue = Catalogue(ALL)
    assert missing_key(GPT) == ""
    assert "sk-very-secret" not in repr((catalogue.models, missing_key(FLASH)))


def test_costs_are_known_free_or_unknown_but_never_made_up() -> None:
    assert cost(replace(OPUS, dollars_in=5.0, dollars_out=25.0), 1000, 200) == pytest.approx(
        0.01
    )
    assert cost(OPUS, 1000, 200) is None
    assert cost(replace(OPUS, dollars_in=5.0), 1000, 200) is None
    assert cost(LOCAL, 1000, 200) == 0.0
    assert cost(PART, 1000, 200) == 0.0


@pytest.mark.parametrize(
    ("model", "requested", "sent"),
    [
        ("gpt-4o", 1.8, 1.8),
        ("gpt-4o", None, None),
        ("gpt-4o", 7.0, 2.0),
        ("gpt-4o", -1.0, 0.0),
        ("gpt-4o", float("nan"), None),
        ("claude-opus-4-5", 1.8, 1.0),
        ("claude-opus-4-5-20251101", 0.3, 0.3),
        ("claude-sonnet-4-20250514", 1.4, 1.0),
        ("claude-3-5-sonnet-20241022", 1.4, 1.0),
        ("openrouter/anthropic/claude-sonnet-4.5", 1.4, 1.0),
        ("bedrock/us.anthropic.claude-haiku-4-5-20251001-v1:0", 1.4, 1.0),
        ("claude-opus-4-7", 0.5, None),
        ("vercel_ai_gateway/anthropic/claude-opus-4.8", 0.5, None),
        ("claude-sonnet-5", 0.5, None),
        ("claude-mythos-preview", 0.5, None),
        ("gpt-5", 1.4, None),
        ("gpt-5", 1.0, None),
        ("openai/gpt-5-mini-2025-08-07", 1.4, None),
        ("gpt-5-codex", 1.4, None),
        ("gpt-5.1", 1.4, 1.4),
        ("gpt-5.2-2025-12-11", 1.4, 1.4),
        ("gpt-5.4-mini", 1.4, 1.4),
        ("gpt-5.2-pro", 1.4, None),
        ("gpt-5.5", 1.4, None),
        ("gpt-6-sol", 1.4, None),
        ("gpt-5-chat-latest", 1.4, 1.4),
        ("groq/openai/gpt-oss-120b", 1.4, 1.4),
        ("o3", 1.4, None),
        ("openai/o4-mini-2025-04-16", 1.4, None),
        ("gemini/gemini-3-flash-preview", 1.9, 1.9),
        ("gemini/gemini-2.5-flash-lite", 1.9, 1.9),
        ("gemini/gemini-3.8-flash", 1.9, None),
        ("mistral/mistral-large-latest", 1.9, 1.5),
        ("zai/glm-5", 1.9, 1.0),
        ("moonshot/moonshot-v1-8k", 1.9, 1.0),
        ("moonshot/kimi-k2.5", 0.5, None),
        ("together_ai/moonshotai/Kimi-K2.5-fp4", 1.9, 1.9),
        ("minimax/MiniMax-M2", 0.0, 0.01),
        ("command-r-08-2024", 1.9, 1.0),
        ("perplexity/sonar", 2.0, 1.99),
        ("http://127.0.0.1:8000/v1#claude-opus-4-7-distilled", 1.9, 1.9),
        ("scripted/mira", 1.9, 1.9),
    ],
)
def test_the_temperature_sent_fits_the_model(
    model: str, requested: float | None, sent: float | None
) -> None:
    assert effective_temperature(model, requested) == sent


@given(st.text(max_size=60), st.none() | st.floats())
def test_no_temperature_out_of_range_is_ever_sent(model: str, requested: float | None) -> None:
    sent = effective_temperature(model, requested)
    assert sent is None or 0 <= sent <= 2


def test_models_that_the_table_says_take_no_temperature_get_none() -> None:
    path = table_path()
    assert path is not None
    rows = json.loads(path.read_bytes())
    for model in listed():
        if rows[model.id].get("supports_sampling_params") is False:
            assert effective_temperature(model.id, 0.5) is None, model.id


class Door(BaseHTTPRequestHandler):
    """Answers with what its server was given: path to status, body and seconds of silence."""

    answers: Mapping[str, tuple[int, bytes, float]] = {}

    def do_GET(self) -> None:
        status, body, silence = self.answers.get(self.path, (404, b"", 0.0))
        time.sleep(silence)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def a_server(answers: Mapping[str, tuple[int, bytes, float]]) -> Generator[str]:
    """Serve `answers`; yields the base URL."""
    server = ThreadingHTTPServer(
        ("127.0.0.1", 0), type("OneDoor", (Door,), {"answers": answers})
    )
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def told(*rows: object) -> tuple[int, bytes, float]:
    return (200, json.dumps({"object": "list", "data": rows}).encode(), 0.0)


async def test_a_server_on_a_usual_port_is_found_with_its_models() -> None:
    answers = {
        "/v1/models": told({"id": "qwen3:8b"}, {"id": "llava:7b"}),
        "/api/tags": (
            200,
            json.dumps(
                {"models": [{"name": "llava:7b", "details": {"families": ["llama", "clip"]}}]}
            ).encode(),
            0.0,
        ),
    }
    with a_server(answers) as base:
        servers = await find_servers({"ollama": base}, environment={}, patience=5)
    assert [(server.kind, server.base) for server in servers] == [("ollama", base)]
    qwen, llava = servers[0].models
    assert (qwen.id, qwen.name, qwen.vision) == (f"{base}#qwen3:8b", "Qwen3 8B", False)
    assert llava.vision
    assert qwen.local
    assert cost(qwen, 10, 10) == 0.0
    assert Catalogue(servers[0].models, {}).resolve("qwen3:8b") == qwen


async def test_windows_are_taken_where_a_server_tells_them() -> None:
    rows = told({"id": "a", "max_model_len": 4096}, {"id": "b", "meta": {"n_ctx_train": 512}})
    with a_server({"/v1/models": rows}) as base:
        [server] = await find_servers({"vllm": base}, environment={}, patience=5)
    assert [model.window for model in server.models] == [4096, 512]


async def test_servers_that_the_person_named_are_asked_too() -> None:
    with a_server({"/v1/models": told({"id": "own"})}) as base:
        named = {"ENFOLD_LOCAL_URLS": f"ftp://x, {base.removesuffix('/v1')} http://u:p@h/v1"}
        servers = await find_servers({}, environment=named, patience=5)
    assert [server.models[0].id for server in servers] == [f"{base}#own"]


@pytest.mark.parametrize(
    "answer",
    [
        (200, b"<html>hello</html>", 0.0),
        (200, b"[1, 2]", 0.0),
        (200, b'{"data": "no"}', 0.0),
        (200, b"[" * 100_000, 0.0),
        (200, b" " * (2 << 20), 0.0),
        (401, b'{"data": []}', 0.0),
        (302, b"", 0.0),
    ],
)
async def test_what_is_no_model_server_is_left_out(answer: tuple[int, bytes, float]) -> None:
    with a_server({"/v1/models": answer}) as base:
        assert await find_servers({"vllm": base}, environment={}, patience=5) == []


async def test_names_that_cannot_be_shown_are_left_out() -> None:
    rows = told(
        {"id": "\x1b[2J"}, {"id": ""}, {"id": 7}, "x", {"id": "n" * 999}, {"id": "good"}
    )
    with a_server({"/v1/models": rows}) as base:
        [server] = await find_servers({"vllm": base}, environment={}, patience=5)
    assert server == Server("vllm", base, server.models)
    assert [model.id for model in server.models] == [f"{base}#good"]


async def test_slow_and_absent_servers_are_not_waited_for() -> None:
    await asyncio.to_thread(__import__, "httpx")
    with a_server({"/v1/models": (200, b'{"data": []}', 3.0)}) as slow:
        started = time.monotonic()
        usual = {"a": slow, "b": f"{slow}/other", "c": "http://127.0.0.1:9/v1"}
        assert await find_servers(usual, environment={}, patience=0.2) == []
        assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/v1"),
        ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1"),
        ("https://box.local/api/v3", "https://box.local/api/v3"),
        ("http://user:password@box/v1", ""),
        ("http://box/v1?key=1", ""),
        ("file:///etc/passwd", ""),
        ("http://box:99999/v1", ""),
        ("http://[::1", ""),
        ("", ""),
    ],
)
def test_base_urls_are_brought_to_one_form(text: str, base: str) -> None:
    assert base_url(text) == base


def test_own_models_are_read_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "models.toml"
    path.write_text(
        """
        [[model]]
        id = "openrouter/moonshotai/kimi-k2"
        aliases = ["kimi"]
        window = 131072
        dollars_in = 0.6
        dollars_out = 2
        vision = true

        [[model]]
        id = "http://10.0.0.2:8000/v1#home"
        name = "Home"
        """,
        encoding="utf-8",
    )
    kimi, home = added(path)
    assert kimi.name == "Kimi K2"
    assert kimi.key == "OPENROUTER_API_KEY"
    assert cost(kimi, 1_000_000, 0) == pytest.approx(0.6)
    assert home.local
    assert home.key == ""
    assert Catalogue([kimi, home], {}).resolve("Kimi") == kimi
    assert added(tmp_path / "absent.toml") == ()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('[[model]]\nname = "x"', "model 1: id is missing"),
        ('[[model]]\nid = "x"\nvison = true', "'vison' is not known; vision?"),
        ('[[model]]\nid = "x"\nvision = 3', "vision is true or false"),
        ('[[model]]\nid = "x"\nwindow = -1', "window"),
        ('[[model]]\nid = "x"\ndollars_in = nan', "dollars_in"),
        ('[[model]]\nid = "x"\ndollars_in = true', "dollars_in"),
        ('[[model]]\nid = "x"\naliases = "y"', "aliases"),
        ('[[model]]\nid = "ftp://h/v1#x"', "is not a base URL"),
        ('[[model]]\nid = "a\\u001b[0m"', "id is a short text"),
        ('[model]\nid = "x"', "two brackets"),
        ("model = [1]", "two brackets"),
        ("[[modell]]", "'modell' is not known"),
        ("not toml", "models.toml"),
    ],
)
def test_a_file_of_own_models_says_where_it_is_wrong(
    tmp_path: Path, text: str, why: str
) -> None:
    path = tmp_path / "models.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CatalogueError) as refusal:
        added(path)
    assert why in str(refusal.value)


def test_importing_the_catalogue_imports_nothing_heavy() -> None:
    code = (
        "import sys, agents.catalogue.catalogue, agents.catalogue.servers, "
        "agents.catalogue.additions, agents.catalogue.temperature\n"
        "print({'litellm', 'PIL', 'httpx', 'pydantic'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert told.stdout.strip() == b"set()"
