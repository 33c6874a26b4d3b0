"""The room that tests are shut in has walls."""

import os
import socket
from pathlib import Path

import pytest


@pytest.mark.parametrize("host", ["example.com", "192.0.2.1", b"example.com", "2001:db8::1"])
def test_looking_up_another_machine_is_stopped(host: str, no_network: list[str]) -> None:
    with pytest.raises(RuntimeError, match="getaddrinfo"):
        socket.getaddrinfo(host, 80)
    assert len(no_network) == 1
    no_network.clear()


def test_a_packet_to_another_machine_is_stopped(no_network: list[str]) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
        pytest.raises(RuntimeError, match=r"sendto '192\.0\.2\.1'"),
    ):
        sender.sendto(b"anyone?", ("192.0.2.1", 53))
    no_network.clear()


def test_this_machine_can_be_reached(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        socket.create_connection(("localhost", door.getsockname()[1])).close()
    with socket.socket(socket.AF_UNIX) as door, socket.socket(socket.AF_UNIX) as caller:
        door.bind(str(tmp_path / "door"))
        door.listen()
        caller.connect(str(tmp_path / "door"))


def test_home_is_empty_and_no_key_is_in_sight(home: Path) -> None:
    assert Path.home() == home
    assert [path for path in home.rglob("*") if not path.is_dir()] == []
    assert [name for name in os.environ if name.endswith("_API_KEY")] == []
