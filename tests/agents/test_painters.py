"""Pictures from models, and pictures as files."""

import base64
import json
import ssl
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Generator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from agents.catalogue.models import Model
from agents.errors import PaintError
from agents.painters.base import Picture
from agents.painters.files import LARGEST, check, store
from agents.painters.gateway import Gateway, decoded, fetched


def drawn(kind: str, size: tuple[int, int] = (40, 30), **how: Any) -> bytes:
    """A real picture, by Pillow."""
    file = BytesIO()
    Image.linear_gradient("L").resize(size).convert("RGB").save(file, kind, **how)
    return file.getvalue()


def a_picture(data: bytes, mime: str = "image/png") -> Picture:
    return Picture(data=data, mime=mime, width=40, height=30, painter="test")


PNG = drawn("PNG")
WHOLE = [
    ("image/png", PNG),
    ("image/jpeg", drawn("JPEG")),
    ("image/jpeg", drawn("JPEG", progressive=True)),
    ("image/webp", drawn("WEBP")),
    ("image/webp", drawn("WEBP", lossless=True)),
    ("image/webp", drawn("WEBP", exif=b"Exif\0\0")),
    ("image/gif", drawn("GIF")),
]
whole = pytest.mark.parametrize(
    ("mime", "data"),
    WHOLE,
    ids=["png", "jpeg", "progressive", "lossy", "lossless", "exif", "gif"],
)


@whole
def test_a_whole_picture_is_known_by_its_bytes(mime: str, data: bytes) -> None:
    kind = check(data)
    assert (kind.mime, kind.width, kind.height) == (mime, 40, 30)


@whole
def test_a_picture_that_breaks_off_is_refused(mime: str, data: bytes) -> None:
    for part in (4, 13, 26, len(data) // 2, len(data) - 4):
        with pytest.raises(PaintError):
            check(data[:part])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<!DOCTYPE html><html><body>Not found</body></html>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"%PDF-1.7",
        b"\x7fELF",
        b"RIFF\x24\x00\x00\x00WAVEfmt ",
        PNG[1:],
    ],
    ids=["nothing", "html", "svg", "pdf", "program", "sound", "shifted"],
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises(PaintError, match="not a picture"):
        check(data)


def chunk(name: bytes, body: bytes) -> bytes:
    return (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
    )


def a_bomb(width: int, height: int) -> bytes:
    """A well-formed PNG of some hundred bytes that claims to be of any size."""
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    body = zlib.compress(bytes(1000))
    return PNG[:8] + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("width", "height"), [(60_000, 60_000), (1, 30_000), (19_000, 19_000), (0, 10), (10, 0)]
)
def test_a_picture_that_would_unfold_too_far_is_refused(width: int, height: int) -> None:
    with pytest.raises(PaintError, match="pixels"):
        check(a_bomb(width, height))


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(PaintError, match="bytes"):
        check(PNG + bytes(LARGEST))


def test_a_changed_byte_in_a_png_is_noticed() -> None:
    broken = bytearray(PNG)
    broken[PNG.index(b"IDAT") + 10] ^= 1
    with pytest.raises(PaintError, match="damaged"):
        check(bytes(broken))


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([data for _, data in WHOLE]),
    st.integers(0, 400),
    st.binary(max_size=40),
)
def test_no_bytes_make_checking_fail_in_another_way(whole: bytes, at: int, put: bytes) -> None:
    try:
        kind = check(whole[:at] + put + whole[at + len(put) :])
    except PaintError:
        return
    assert kind.width > 0
    assert kind.height > 0


def test_a_picture_is_kept_under_its_digest_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    stored = store(folder, a_picture(PNG))
    path = folder / stored.name
    assert stored.name == f"{sha256(PNG).hexdigest()}.png"
    assert (stored.sha256, stored.bytes) == (sha256(PNG).hexdigest(), len(PNG))
    assert path.read_bytes() == PNG
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in folder.iterdir()] == [stored.name]


def test_the_same_picture_is_kept_once(tmp_path: Path) -> None:
    first = store(tmp_path, a_picture(PNG))
    written = (tmp_path / first.name).stat().st_ino
    assert store(tmp_path, a_picture(PNG)) == first
    assert (tmp_path / first.name).stat().st_ino == written
    assert store(tmp_path, a_picture(drawn("PNG", (9, 9)))) != first
    assert len(list(tmp_path.iterdir())) == 2


def test_many_may_keep_the_same_picture_at_once(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(store, [tmp_path] * 32, [a_picture(PNG)] * 32))
    assert len(set(results)) == 1
    assert [file.name for file in tmp_path.iterdir()] == [results[0].name]


def test_a_damaged_copy_and_a_planted_link_are_replaced(tmp_path: Path) -> None:
    name = f"{sha256(PNG).hexdigest()}.png"
    (tmp_path / name).write_bytes(b"half")
    store(tmp_path, a_picture(PNG))
    assert (tmp_path / name).read_bytes() == PNG

    target = tmp_path / "precious"
    target.write_bytes(b"mine")
    (tmp_path / name).unlink()
    (tmp_path / name).symlink_to(target)
    store(tmp_path, a_picture(PNG))
    assert target.read_bytes() == b"mine"
    assert not (tmp_path / name).is_symlink()


def test_what_cannot_be_kept_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(PaintError, match="could not be kept"):
        store(tmp_path / "file", a_picture(PNG))
    with pytest.raises(PaintError, match="is image/png, not image/gif"):
        store(tmp_path, a_picture(PNG, "image/gif"))
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@whole
def test_suffixes_say_the_kind(tmp_path: Path, mime: str, data: bytes) -> None:
    suffix = {"image/jpeg": ".jpg"}.get(mime, "." + mime.partition("/")[2])
    assert Path(store(tmp_path, a_picture(data, mime)).name).suffix == suffix


def test_base64_is_read_with_and_without_its_url() -> None:
    text = base64.b64encode(PNG).decode()
    assert decoded(text) == PNG
    assert decoded(f"data:image/png;base64,{text}") == PNG
    for wrong in ("%%%", text[:-3], "é"):
        with pytest.raises(PaintError, match="unreadable"):
            decoded(wrong)


@dataclass
class Studio:
    """A server with an OpenAI images endpoint, and what it was asked."""

    base: str = ""
    status: int = 200
    body: bytes = b""
    silence: float = 0.0
    kind: str = "application/json"
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    keys: list[str] = field(default_factory=list[str])

    def answers(self, told: Mapping[str, Any], status: int = 200) -> None:
        self.status, self.body = status, json.dumps(told).encode()


@contextmanager
def a_studio(context: ssl.SSLContext | None = None) -> Generator[Studio]:
    studio = Studio()

    class Counter(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            studio.asked.append({"path": self.path, **json.loads(self.rfile.read(length))})
            studio.keys.append(self.headers["Authorization"])
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            time.sleep(studio.silence)
            self.send_response(studio.status)
            self.send_header("Content-Type", studio.kind)
            self.send_header("Content-Length", str(len(studio.body)))
            self.end_headers()
            self.wfile.write(studio.body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Counter)
    server.daemon_threads = True
    server.block_on_close = False
    server.handle_error = lambda request, client_address: None
    if context:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    scheme = "https" if context else "http"
    studio.base = f"{scheme}://127.0.0.1:{server.server_port}/v1"
    try:
        yield studio
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def studio() -> Generator[Studio]:
    with a_studio() as running:
        yield running


def own(studio: Studio, **more: Any) -> Gateway:
    model = Model(id=f"{studio.base}#brush", name="Brush", images=True, local=True)
    return Gateway(model, **more)


async def test_a_model_paints_what_it_is_told(studio: Studio) -> None:
    studio.answers({"created": 1, "data": [{"b64_json": base64.b64encode(PNG).decode()}]})
    picture = await own(studio).paint("a door in the sea", seed=1)
    assert picture.data == PNG
    assert (picture.mime, picture.width, picture.height) == ("image/png", 40, 30)
    assert picture.painter == f"{studio.base}#brush"
    assert picture.dollars == 0.0
    [asked] = studio.asked
    assert asked["path"] == "/v1/images/generations"
    assert (asked["prompt"], asked["model"]) == ("a door in the sea", "brush")


async def test_a_provider_is_asked_with_its_key(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-0123456789")
    studio.answers({"created": 1, "data": [{"b64_json": base64.b64encode(PNG).decode()}]})
    model = Model(
        id="openai/gpt-image-1",
        name="GPT Image 1",
        images=True,
        provider="openai",
        key="OPENAI_API_KEY",
    )
    picture = await Gateway(model, base=studio.base).paint("a door", seed=1)
    assert picture.data == PNG
    assert studio.keys == ["Bearer sk-test-0123456789"]


async def test_without_a_key_nothing_is_asked(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    model = Model(id="gpt-image-1", name="GPT Image 1", images=True, key="OPENAI_API_KEY")
    with pytest.raises(PaintError, match="GPT Image 1: OPENAI_API_KEY is not set"):
        await Gateway(model, base=studio.base).paint("a door", seed=1)
    assert studio.asked == []


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "Your request was rejected by our safety system"),
        (401, "Incorrect API key provided: sk-live-abcdefghijklmnop"),
        (404, "no such model"),
        (429, "slow\ndown"),
        (500, "\x1b[31mbroken"),
    ],
)
async def test_a_refusal_is_one_clean_line_without_keys(
    studio: Studio, status: int, message: str
) -> None:
    studio.answers({"error": {"message": message, "type": "x"}}, status)
    with pytest.raises(PaintError) as refusal:
        await own(studio).paint("a door", seed=1)
    line = str(refusal.value)
    assert line.startswith("Brush: ")
    assert line.isprintable()
    assert "abcdefghijklmnop" not in line
    assert "litellm" not in line
    assert len(line) < 250
    assert len(studio.asked) == (3 if status in {429, 500} else 1)


@pytest.mark.parametrize(
    "told",
    [
        '{"created": 1, "data": []}',
        '{"created": 1, "data": [{}]}',
        '{"created": 1, "data": [{"b64_json": "PGh0bWw+"}]}',
        '{"created": 1, "data": [{"b64_json": "iVBORw0KGgoAAAANSUhEUgAAACg="}]}',
        '{"created": 1, "data": [{"b64_json": "%%%"}]}',
        '{"created": 1, "data": [{"b64_json": 7}]}',
        '{"created": 1, "data": [{"url": "http://127.0.0.1/x.png"}]}',
        '{"created": 1, "data": [{"url": "file:///etc/passwd"}]}',
        '{"created": 1, "data": "none"}',
        "{}",
        "[]",
        "null",
        "<html>gateway</html>",
        "",
    ],
)
async def test_an_answer_that_is_no_picture_is_refused(studio: Studio, told: str) -> None:
    studio.body = told.encode()
    with pytest.raises(PaintError):
        await own(studio).paint("a door", seed=1)


async def test_a_slow_painter_is_given_up(studio: Studio) -> None:
    await test_a_model_paints_what_it_is_told(studio)  # imports aside
    studio.silence = 5.0
    started = time.monotonic()
    with pytest.raises(PaintError, match=r"within 0\.3 seconds|[Tt]imed? ?out"):
        await own(studio, patience=0.3).paint("a door", seed=1)
    assert time.monotonic() - started < 3


async def test_a_closed_door_is_an_error_of_ours() -> None:
    model = Model(id="http://127.0.0.1:9/v1#brush", name="Brush", images=True, local=True)
    with pytest.raises(PaintError, match="Brush"):
        await Gateway(model).paint("a door", seed=1)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1, valid for a day, and its key in one file."""
    folder = tmp_path_factory.mktemp("certificate")
    key, path = folder / "key.pem", folder / "both.pem"
    try:
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", path],
            check=True, capture_output=True,
        )  # fmt: skip
    except (FileNotFoundError, subprocess.CalledProcessError):
        pytest.skip("needs openssl to make a certificate")
    path.write_text(key.read_text() + path.read_text())
    return path


@pytest.mark.parametrize(
    ("status", "kind", "body", "why"),
    [
        (200, "image/png", PNG, ""),
        (200, "text/html; charset=utf-8", b"<html>", "leads to text/html"),
        (404, "image/png", PNG, "answered 404"),
        (302, "image/png", PNG, "answered 302"),
        (200, "image/png", bytes(LARGEST + 1), "too large"),
    ],
    ids=["picture", "page", "missing", "elsewhere", "large"],
)
async def test_a_link_is_followed_to_a_picture_only(
    certificate: Path, status: int, kind: str, body: bytes, why: str
) -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    trust = ssl.create_default_context(cafile=str(certificate))
    with a_studio(serving) as studio:
        studio.status, studio.kind, studio.body = status, kind, body
        if not why:
            assert await fetched(f"{studio.base}/x.png", trust=trust) == PNG
            return
        with pytest.raises(PaintError, match=why):
            await fetched(f"{studio.base}/x.png", trust=trust)


async def test_a_link_to_a_server_nobody_vouches_for_is_not_followed(certificate: Path) -> None:
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(certificate)
    with a_studio(serving) as studio:
        studio.kind, studio.body = "image/png", PNG
        with pytest.raises(PaintError, match="could not be fetched"):
            await fetched(f"{studio.base}/x.png")


def test_importing_painters_imports_nothing_heavy() -> None:
    code = (
        "import sys, agents.painters.gateway, agents.painters.files\n"
        "print({'litellm', 'PIL', 'httpx', 'pydantic'} & set(sys.modules))"
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert told.stdout.strip() == b"set()"
