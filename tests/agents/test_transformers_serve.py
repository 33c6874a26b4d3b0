"""Both real providers talk to a real model server: `transformers serve`, on this machine.

The model is a Llama of about a hundred thousand random numbers, made here: what it says
means nothing, but it is written by a model, token by token, and served by others' code.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import httpx
import pytest

from agents.providers.base import Delta, Finished, Line, Piece, Provider, Request
from agents.providers.compatible import Compatible
from agents.providers.gateway import Gateway
from tests.agents.door import closed_port

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

READY = 120.0
"""Seconds the server may take; 6 where nothing else runs, 30 on a busy machine."""

MAKE = """
import sys
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

tokenizer = Tokenizer(models.BPE())
tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
tokenizer.decoder = decoders.ByteLevel()
trainer = trainers.BpeTrainer(
    vocab_size=400,
    special_tokens=["<s>", "</s>"],
    initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    show_progress=False,
)
tokenizer.train_from_iterator(["the left door, I say", "which door do you take?"] * 20, trainer)
fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>")
fast.chat_template = (
    "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\\n{% endfor %}assistant: "
)
fast.save_pretrained(sys.argv[1])
set_seed(0)
config = LlamaConfig(
    vocab_size=len(fast),
    hidden_size=64,
    intermediate_size=128,
    num_hidden_layers=2,
    num_attention_heads=4,
    max_position_embeddings=512,
    bos_token_id=fast.bos_token_id,
    eos_token_id=fast.eos_token_id,
)
LlamaForCausalLM(config).save_pretrained(sys.argv[1])
"""


@dataclass(frozen=True, slots=True)
class Served:
    """A running server."""

    base_url: str
    model: str


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    missing = [
        name
        for name in ("torch", "transformers", "tokenizers", "accelerate", "fastapi", "uvicorn")
        if find_spec(name) is None
    ]
    if missing:
        pytest.skip(f"needs {', '.join(missing)}")
    command = shutil.which("transformers", path=str(Path(sys.executable).parent))
    if command is None:
        pytest.skip("needs the `transformers` command beside this Python")
    folder = tmp_path_factory.mktemp("serve")
    model, cache = folder / "tiny", folder / "cache"
    (cache / "hub").mkdir(parents=True)  # without it the list of models is an error
    environment = {
        **os.environ,
        "HF_HOME": str(cache),
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": "1",
    }
    subprocess.run(
        [sys.executable, "-c", MAKE, str(model)], env=environment, check=True, timeout=READY
    )
    port = closed_port()
    where = [
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--device",
        "cpu",
        "--dtype",
        "float32",
    ]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(
            [command, "serve", str(model), *where], env=environment, stdout=log, stderr=log
        )
    try:
        wait_until_ready(server, port, folder / "log")
        yield Served(f"http://127.0.0.1:{port}/v1", str(model))
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(10)


def wait_until_ready(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    until = time.monotonic() + READY
    while time.monotonic() < until:
        if server.poll() is not None:
            pytest.fail(f"the server ended: {log.read_text(errors='replace')[-2000:]}")
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"not ready in {READY} s: {log.read_text(errors='replace')[-2000:]}")


async def ask(provider: Provider, model: str) -> list[Piece]:
    lines = [Line("system", "You are Ada."), Line("user", "which door?")]
    asked = Request(model=model, lines=lines, temperature=0.7, max_tokens=12)
    return [piece async for piece in provider.stream(asked)]


def check(pieces: list[Piece]) -> Finished:
    deltas, end = pieces[:-1], pieces[-1]
    assert all(isinstance(delta, Delta) for delta in deltas)
    assert len(deltas) > 1
    assert "".join(delta.text for delta in deltas if isinstance(delta, Delta)).strip()
    assert isinstance(end, Finished)
    assert end.reason in ("stop", "length")
    return end


async def test_it_lists_models(served: Served) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        assert (await client.get(f"{served.base_url}/models")).status_code == 200


async def test_a_model_speaks_to_us_directly(served: Served) -> None:
    end = check(await ask(Compatible(), f"{served.base_url}#{served.model}"))
    assert end.dollars == 0.0


async def test_a_model_speaks_to_us_through_litellm(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", served.base_url)
    monkeypatch.setenv("OPENAI_API_BASE", served.base_url)
    monkeypatch.setenv("OPENAI_API_KEY", "none-needed")
    end = check(await ask(Gateway(), f"openai/{served.model}"))
    assert end.dollars is None


async def test_hanging_up_leaves_it_running(served: Served) -> None:
    provider = Compatible()
    lines = [Line("user", "which door?")]
    model = f"{served.base_url}#{served.model}"
    stream = provider.stream(Request(model=model, lines=lines, max_tokens=400))
    assert isinstance(await anext(stream), Delta)
    began = time.monotonic()
    await stream.aclose()
    assert time.monotonic() - began < 0.2
    check(await ask(provider, model))


async def test_a_room_talks_to_it(served: Served, tmp_path: Path) -> None:
    from harness.clock import WallClock
    from tests.fakes import START, stage, start_log
    from transcripts import events as e
    from transcripts.log import Log
    from transcripts.participants import Participant

    path = start_log(tmp_path / "room" / "log.jsonl", names=())
    with Log(path, now=START) as log:
        for number, name in enumerate(("Left", "Right"), 1):
            one = Participant(
                id=f"AI-{number}",
                name=name,
                model=f"{served.base_url}#{served.model}",
                temperature=1.0,
            )
            log.append(START, e.Joined(participant=one))
    provider = Compatible()
    async with stage(tmp_path, provider=provider, clock=WallClock(), max_tokens=16) as s:
        ending = await s.session.run(rounds=2)
        assert ending.reason == "rounds", s.events(e.Faltered)
        spoken = [event for event in s.events(e.Spoke) if isinstance(event, e.Spoke)]
        assert [line.author for line in spoken] == ["AI-1", "AI-2", "AI-1", "AI-2"]
        assert all(line.usage and line.usage.tokens_out for line in spoken)
        assert s.session.room.dollars == 0.0
        assert s.kinds().count("Folded") == 4
