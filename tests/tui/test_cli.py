"""The command line as a stranger uses it, from outside: arguments in, text and codes out."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import click
import pytest

from harness.rooms import Rooms
from tui.cli import COMMANDS, cli

REPO = Path(__file__).parents[2]
SHARED = REPO.parent / "shared"
SEED = SHARED / "seeds" / "004_0ea5d90c91b0c248.txt"

TINY = """
title = "Two"
rounds = 2
[[cast]]
name = "Ada"
model = "scripted/ada"
script = ["the red lantern is lit", "second"]
[[cast]]
name = "Bob"
model = "scripted/bob"
script = ["I see it\\n!image \\"a red lantern\\"", "fourth"]
"""


def enfold(folder: Path, *arguments: str, **options: Any) -> "subprocess.CompletedProcess[str]":
    """Run `enfold` in a process of its own, with `folder` for everything it keeps."""
    return subprocess.run(
        [sys.executable, "-m", "tui", *arguments],
        cwd=folder,
        env=environment(folder, options.pop("extra", {})),
        stdin=subprocess.DEVNULL if "input" not in options else None,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
        **options,
    )


def environment(folder: Path, extra: dict[str, str] | None = None) -> dict[str, str]:
    names = {"DATA": "data", "CONFIG": "config", "CACHE": "cache", "STATE": "state"}
    dirs = {f"ENFOLD_{name}_DIR": str(folder / where) for name, where in names.items()}
    return {**os.environ, **dirs, "PYTHONPATH": str(REPO), "PYTHONUTF8": "1", **(extra or {})}


def tiny(folder: Path, text: str = TINY, name: str = "two") -> str:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def a_room(folder: Path) -> str:
    done = enfold(folder, "run", tiny(folder))
    assert done.returncode == 0, done.stderr
    return json.loads(enfold(folder, "list", "--json").stdout)[0]["id"]


def every_command() -> list[tuple[str, click.Command]]:
    found: list[tuple[str, click.Command]] = []
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        found.append((name, command))
        if isinstance(command, click.Group):
            found += [(f"{name} {sub}", command.commands[sub]) for sub in command.commands]
    return found


@pytest.mark.parametrize(("name", "command"), every_command(), ids=lambda x: str(x)[:20])
def test_every_command_has_help_with_an_example(name: str, command: click.Command) -> None:
    assert command.help
    assert command.epilog
    assert f"enfold {name}" in command.epilog or "enfold " in command.epilog


def loaded(commands: list[str]) -> set[str]:
    """Return the heavy modules that are there after the help of all `commands`."""
    heavy = {
        "torch",
        "litellm",
        "textual",
        "sqlalchemy",
        "pydantic",
        "numpy",
        "rich",
        "asyncio",
    }
    code = (
        "import sys\nfrom tui.cli import cli\n"
        f"for words in {commands!r}:\n"
        "    try: cli([*words.split(), '--help'], standalone_mode=False)\n"
        "    except SystemExit: pass\n"
        f"print(*(set(sys.modules) & {heavy!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=REPO, capture_output=True, text=True, check=True
    )
    return set(done.stdout.splitlines()[-1].split())


def test_help_waits_for_nothing_heavy() -> None:
    assert loaded([""]) == set()


def test_the_help_of_what_folds_and_trains_waits_for_nothing_heavy() -> None:
    apart = ("fold", "unfold", "generate", "data", "train", "bank", "cc", "list")
    names = [name for name, _ in every_command() if name.split()[0] in apart]
    assert {"fold", "unfold", "generate standard", "data prepare", "train bytes"} <= set(names)
    assert loaded(names) == set()


def test_the_readme_lists_every_command() -> None:
    readme = (REPO / "README.md").read_text(encoding="utf-8")
    missing = [name for name in COMMANDS if not re.search(rf"`enfold {name}\b", readme)]
    assert missing == []


def test_the_default_room_needs_nothing_and_uses_every_command(tmp_path: Path) -> None:
    done = enfold(tmp_path, "run", "--jsonl")
    assert done.returncode == 0, done.stderr
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    kinds = [line["kind"] for line in lines]
    wanted = {
        "Joined", "Spoke", "PromptAdded", "PromptRemoved", "TemperatureSet", "ImageRequested",
        "ImageCreated", "Muted", "Skipped", "Answered", "Declined", "Whispered", "PollOpened",
        "Voted", "PollClosed", "Left", "Folded",
    }  # fmt: skip
    assert wanted <= set(kinds)
    assert kinds.count("Folded") == kinds.count("Spoke")  # the narrator's opening is one too
    [images] = (tmp_path / "data" / "rooms").glob("*/images")
    made = [line["file"] for line in lines if line["kind"] == "ImageCreated"]
    assert made
    assert all((images / name).read_bytes().startswith(b"\x89PNG") for name in made)
    sizes = [line["size"] for line in lines if line["kind"] == "Folded"]
    assert max(sizes) <= 2048
    assert "6 rounds done" in done.stderr


def test_enfold_alone_without_a_terminal_runs_the_default_room(tmp_path: Path) -> None:
    done = enfold(tmp_path)
    assert done.returncode == 0
    assert "AI-1" in done.stdout
    assert "6 rounds done" in done.stderr


def test_a_room_cannot_be_opened_in_a_screen_that_is_not_there(tmp_path: Path) -> None:
    enfold(tmp_path, "run", "--turns", "1")
    done = enfold(tmp_path, "resume", "--last", "--screen")
    assert done.returncode == 2
    assert "needs a terminal" in done.stderr


@pytest.mark.parametrize("other", [[], ["--headless"], ["--jsonl"]])
def test_a_run_that_cannot_be_shown_in_a_screen_makes_no_room(
    tmp_path: Path, other: list[str]
) -> None:
    done = enfold(tmp_path, "run", tiny(tmp_path), "--screen", *other)
    assert done.returncode == 2
    assert ("not with --headless or --jsonl" if other else "needs a terminal") in done.stderr
    assert not list(tmp_path.glob("data/rooms/*/log.jsonl"))


def test_a_seed_and_a_clock_make_every_byte_the_same(tmp_path: Path) -> None:
    logs: list[bytes] = []
    printed: list[str] = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        extra = {
            "ENFOLD_CLOCK": "2026-01-01T00:00:00Z",
            "PYTHONHASHSEED": name[-1].replace("e", "1").replace("o", "2"),
        }
        done = enfold(folder, "run", "--seed", "7", extra=extra)
        assert done.returncode == 0, done.stderr
        [log] = (folder / "data" / "rooms").glob("*/log.jsonl")
        logs.append(log.read_bytes())
        printed.append(done.stdout)
    assert logs[0] == logs[1]
    assert printed[0] == printed[1]


def test_stdout_has_the_transcript_and_stderr_the_rest(tmp_path: Path) -> None:
    done = enfold(tmp_path, "run", tiny(tmp_path))
    assert "the red lantern is lit" in done.stdout
    assert "enfold resume" not in done.stdout
    assert "4 messages, 2 models, 1 pictures, 4 folds" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["nonsense"], 2, "no command 'nonsense'"),
        (["run", "--rounds", "0"], 2, "--rounds"),
        (["run", "no-such-scenario"], 1, "no-such-scenario"),
        (["run", "--set", "x"], 2, "NAME=VALUE"),
        (["run", "--budget-usd", "nan"], 2, "not a number"),
        (["fork", "x@²"], 2, "ROOM@PLACE"),
        (["show", "nowhere"], 1, "no room 'nowhere'"),
        (["resume"], 1, "no rooms yet"),
        (["resume", "x", "--last"], 2, "not both"),
        (["replay", "nowhere"], 1, "no room 'nowhere'"),
        (["cc", "history"], 1, "no rooms yet"),
        (["fork", "x@y"], 2, "ROOM@PLACE"),
        (["import", "missing.txt"], 2, "missing.txt"),
        (["export", "--format", "pdf"], 2, "pdf"),
        (["completion", "tcsh"], 2, "tcsh"),
    ],
)
def test_bad_input_gets_one_line_and_its_code(
    tmp_path: Path, arguments: list[str], code: int, says: str
) -> None:
    done = enfold(tmp_path, *arguments)
    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    told = [line for line in done.stderr.splitlines() if line.startswith("Error")]
    assert len(told) == 1


def test_a_budget_reached_is_code_3(tmp_path: Path) -> None:
    done = enfold(tmp_path, "run", tiny(tmp_path), "--budget-usd", "0", "--headless")
    assert done.returncode == 3
    assert "budget reached" in done.stderr


def test_nobody_to_reach_is_code_4(tmp_path: Path) -> None:
    real = TINY.replace("scripted/ada", "openai/gpt-4o").replace(
        "scripted/bob", "anthropic/claude-opus-4-5"
    )
    real = re.sub(r"script = .*\n", "", real)
    done = enfold(tmp_path, "run", tiny(tmp_path, real), "--headless")
    assert done.returncode == 4, done.stderr
    assert "OPENAI_API_KEY" in done.stdout
    assert "nobody could be reached" in done.stderr


def test_ctrl_c_keeps_what_was_said_and_is_code_130(tmp_path: Path) -> None:
    text = TINY.replace("rounds = 2", "rounds = 500")
    long = ", ".join(['"' + "word " * 200 + '"'] * 400)
    text = re.sub(r"script = \[.*\]", lambda _: f"script = [{long}]", text)
    process = subprocess.Popen(
        [sys.executable, "-m", "tui", "run", tiny(tmp_path, text), "--jsonl"],
        cwd=tmp_path,
        env=environment(tmp_path, {"PYTHONUNBUFFERED": "1"}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if b'"kind":"Folded"' in line:
            break
    time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err.decode()
    assert b"Traceback" not in err
    kinds = [json.loads(line)["kind"] for line in out.splitlines()]
    assert kinds[-1] in {"Folded", "Skipped"}
    assert enfold(tmp_path, "resume", "--last", "--turns", "1").returncode == 0


def test_a_pipe_is_the_first_line(tmp_path: Path) -> None:
    done = enfold(tmp_path, "run", tiny(tmp_path), "--say", "-", input="what is a tide?\n")
    assert done.returncode == 0, done.stderr
    room = json.loads(enfold(tmp_path, "show", "--jsonl").stdout.splitlines()[4])
    assert (room["kind"], room["author"], room["text"]) == ("Spoke", "you", "what is a tide?")


def test_a_room_goes_on_where_it_was(tmp_path: Path) -> None:
    room = a_room(tmp_path)
    text = TINY.replace('"second"]', '"second", "third time"]').replace(
        '"fourth"]', '"fourth", "sixth"]'
    )
    tiny(tmp_path, text)
    done = enfold(tmp_path, "resume", room, "--say", "and now?")
    assert done.returncode == 0, done.stderr
    assert "the red lantern" not in done.stdout
    assert [x for x in ("and now?", "third time", "sixth") if x in done.stdout] == [
        "and now?",
        "third time",
        "sixth",
    ]


def test_rooms_are_listed_shown_found_renamed_forked_and_deleted(tmp_path: Path) -> None:
    room = a_room(tmp_path)
    assert room.startswith("two-")
    assert room in enfold(tmp_path, "list").stdout
    assert "I see it" in enfold(tmp_path, "show", "two").stdout
    found = json.loads(enfold(tmp_path, "search", "red lantern", "--json").stdout)
    assert {hit["room"] for hit in found} == {room}
    assert enfold(tmp_path, "rename", room, "The lamp room").returncode == 0
    assert json.loads(enfold(tmp_path, "list", "--json").stdout)[0]["title"] == "The lamp room"
    fork = json.loads(enfold(tmp_path, "fork", f"{room}@5", "--json").stdout)
    # What the message's commands did at once comes along, or it would be done again.
    assert (fork["origin"], fork["entries"]) == (room, 8)
    first = json.loads(enfold(tmp_path, "show", fork["room"], "--jsonl").stdout.splitlines()[0])
    assert first["origin"] == {"room": room, "place": fork["place"]}
    assert enfold(tmp_path, "resume", fork["room"], "--turns", "1").returncode == 0
    refused = enfold(tmp_path, "rm", fork["room"])
    assert refused.returncode == 2
    assert "--yes" in refused.stderr
    Rooms(tmp_path / "data" / "rooms").discard(fork["room"])  # as the screen does
    assert fork["room"] in enfold(tmp_path, "rm", "--trash", "--yes").stderr
    assert "trash is empty" in enfold(tmp_path, "rm", "--trash", "--yes").stderr
    assert enfold(tmp_path, "rm").returncode == 2
    assert [one["id"] for one in json.loads(enfold(tmp_path, "list", "--json").stdout)] == [
        room
    ]


def test_what_a_fork_remembers_is_what_its_origin_remembered_there(tmp_path: Path) -> None:
    room = a_room(tmp_path)
    folds = json.loads(enfold(tmp_path, "cc", "history", room, "--json").stdout)
    log = enfold(tmp_path, "show", room, "--jsonl").stdout.splitlines()
    place = [i for i, line in enumerate(log) if '"kind":"Folded"' in line][1]
    fork = json.loads(enfold(tmp_path, "fork", f"{room}@{place}", "--json").stdout)["room"]
    assert enfold(tmp_path, "resume", fork, "--turns", "1").returncode == 0
    again = json.loads(enfold(tmp_path, "cc", "history", fork, "--json").stdout)
    assert [fold["digest"] for fold in again[:2]] == [fold["digest"] for fold in folds[:2]]


def test_the_memory_can_be_looked_into(tmp_path: Path) -> None:
    room = a_room(tmp_path)
    shown = json.loads(enfold(tmp_path, "cc", "show", room, "--json").stdout)
    assert shown["size"] <= shown["budget"]
    assert "lantern" in shown["text"]
    history = json.loads(enfold(tmp_path, "cc", "history", room, "--json").stdout)
    assert len(history) == 4
    diff = json.loads(enfold(tmp_path, "cc", "diff", room, "--at", "3", "--json").stdout)
    assert any("lantern" in line for line in diff["added"])
    assert enfold(tmp_path, "cc", "show", room, "--at", "3").stdout.count("|") >= 1


@pytest.mark.parametrize("kind", ["md", "html", "jsonl", "txt"])
def test_a_room_is_exported(tmp_path: Path, kind: str) -> None:
    room = a_room(tmp_path)
    out = tmp_path / f"room.{kind}"
    done = enfold(tmp_path, "export", room, "--format", kind, "-o", str(out))
    assert done.returncode == 0, done.stderr
    assert "the red lantern is lit" in out.read_text(encoding="utf-8")
    again = enfold(tmp_path, "export", room, "--format", kind, "-o", str(out))
    assert again.returncode == 2
    assert "--force" in again.stderr
    assert enfold(tmp_path, "export", room, "--format", kind).stdout


def test_a_page_holds_its_pictures_when_asked(tmp_path: Path) -> None:
    room = a_room(tmp_path)
    page = enfold(tmp_path, "export", room, "--format", "html", "--inline-images").stdout
    assert "data:image/png;base64," in page


def test_our_own_export_is_imported_again(tmp_path: Path) -> None:
    room = a_room(tmp_path)
    out = tmp_path / "room.jsonl"
    enfold(tmp_path, "export", room, "--format", "jsonl", "-o", str(out))
    done = json.loads(enfold(tmp_path, "import", str(out), "--json").stdout)
    before = enfold(tmp_path, "export", room, "--format", "jsonl").stdout.splitlines()
    after = enfold(tmp_path, "export", done["room"], "--format", "jsonl").stdout.splitlines()
    assert [json.loads(x)["kind"] for x in before] == [json.loads(x)["kind"] for x in after][
        : len(before)
    ]


def test_what_no_reader_knows_is_refused_in_one_line(tmp_path: Path) -> None:
    junk = tmp_path / "junk.bin"
    junk.write_bytes(bytes(range(256)) * 10)
    done = enfold(tmp_path, "import", str(junk))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert enfold(tmp_path, "list", "--json").stdout.strip() == "[]"


@pytest.mark.skipif(not SEED.is_file(), reason="../shared is not here")
def test_the_seed_is_imported_replayed_and_written_back(tmp_path: Path) -> None:
    from transcripts.readers.mojibake import forward

    done = json.loads(enfold(tmp_path, "import", str(SEED), "--json").stdout)
    wanted = {
        "messages": 10, "participants": 4, "images": 5, "prompt_changes": 4,
        "temperature_lines": 5, "temperature_changes": 3, "temperature_repeats": 2,
        "joins": 2, "duplicates": 1, "orphans": 0,
    }  # fmt: skip
    assert {key: done[key] for key in wanted} == wanted
    assert done["unplaced"] == []
    text = enfold(tmp_path, "export", done["room"], "--format", "txt").stdout
    assert forward(text, "cp1254").encode() == SEED.read_bytes()
    again = json.loads(enfold(tmp_path, "import", str(SEED), "--json").stdout)
    assert (again["room"], again["new"]) == (done["room"], False)
    played = enfold(tmp_path, "replay", done["room"], "--headless")
    assert played.returncode == 0, played.stderr
    assert "10 folds" in played.stderr
    history = json.loads(enfold(tmp_path, "cc", "history", done["room"], "--json").stdout)
    assert len(history) == 10
    assert all(fold["size"] <= fold["budget"] for fold in history)
    for line in Path(done["path"]).read_text(encoding="utf-8").splitlines():
        assert {"v", "place", "at", "kind"} <= set(json.loads(line))


def test_a_replay_counts_the_same_however_it_is_told(tmp_path: Path) -> None:
    talk = tmp_path / "talk.txt"
    talk.write_text("Ada: one\n\nBob: two\n\nAda: three\n", encoding="utf-8")
    room = json.loads(enfold(tmp_path, "import", str(talk), "--json").stdout)["room"]
    for more in ([], ["--jsonl"]):
        done = enfold(tmp_path, "replay", room, "--headless", *more)
        assert "3 messages" in done.stderr


def test_an_imported_room_can_be_cast_and_goes_on(tmp_path: Path) -> None:
    talk = tmp_path / "talk.txt"
    talk.write_text(
        "Ada: hello there\n\nBob: good evening\n\nAda: shall we?\n", encoding="utf-8"
    )
    done = json.loads(enfold(tmp_path, "import", str(talk), "--json").stdout)
    refused = enfold(tmp_path, "resume", done["room"], "--cast", "AI-9=gpt-4o")
    assert refused.returncode == 1
    assert "nobody here is 'AI-9'" in refused.stderr
    unknown = enfold(tmp_path, "resume", done["room"], "--cast", "AI-1=no-such-model-anywhere")
    assert unknown.returncode == 1
    assert "no model called" in unknown.stderr


def test_what_models_write_cannot_steer_the_terminal(tmp_path: Path) -> None:
    evil = "\\u001b]0;owned\\u0007\\u001b[2J\\u202e reversed \\u0000"
    text = TINY.replace("the red lantern is lit", f"look {evil}")
    for arguments in (["run", tiny(tmp_path, text)], ["show"], ["list"], ["cc", "show"]):
        done = enfold(tmp_path, *arguments)
        assert done.returncode == 0, done.stderr
        for stream in (done.stdout, done.stderr):
            assert not re.search("[\x00-\x08\x0b-\x1f\x7f\u202e]", stream)
    shown = enfold(tmp_path, "show").stdout
    assert "␛]0;owned␇␛[2J⟨U+202E⟩ reversed ␀" in shown


def test_the_bundled_scenarios_are_fine(tmp_path: Path) -> None:
    done = enfold(tmp_path, "scenarios", "validate")
    assert done.returncode == 0, done.stdout
    names = [one["name"] for one in json.loads(enfold(tmp_path, "scenarios", "--json").stdout)]
    assert len(names) >= 4
    broken = tmp_path / "broken.toml"
    broken.write_text('title = "x"\nroundz = 3\n', encoding="utf-8")
    done = enfold(tmp_path, "scenarios", "validate", str(broken))
    assert done.returncode == 1
    assert "roundz" in done.stdout


def test_the_doctor_names_keys_and_never_their_values(tmp_path: Path) -> None:
    done = enfold(tmp_path, "doctor", extra={"OPENAI_API_KEY": "sk-secret-123"})
    assert "OPENAI_API_KEY is set" in done.stdout
    assert "sk-secret" not in done.stdout + done.stderr
    assert done.returncode == 0, done.stdout
    assert {one["what"] for one in json.loads(enfold(tmp_path, "doctor", "--json").stdout)} > {
        "enfold", "disk", "bank", "rooms", "terminal", "settings",
    }  # fmt: skip


def test_a_bad_setting_is_named_with_its_file(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "settings.toml").write_text(
        "[room]\nbudget = -3\n", encoding="utf-8"
    )
    done = enfold(tmp_path, "run", tiny(tmp_path))
    assert done.returncode == 1
    assert "settings.toml: room.budget" in done.stderr


def test_settings_reach_new_rooms(tmp_path: Path) -> None:
    done = enfold(tmp_path, "run", tiny(tmp_path), extra={"ENFOLD_ROOM__BUDGET": "512"})
    assert done.returncode == 0, done.stderr
    assert json.loads(enfold(tmp_path, "cc", "show", "--json").stdout)["budget"] == 512


def test_paths_are_where_they_were_told(tmp_path: Path) -> None:
    found = json.loads(enfold(tmp_path, "paths", "--json").stdout)
    assert found["bank"] == str(tmp_path / "data" / "bank.sqlite")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_get_their_completion(tmp_path: Path, shell: str) -> None:
    done = enfold(tmp_path, "completion", shell)
    assert done.returncode == 0
    assert "_ENFOLD_COMPLETE" in done.stdout


def test_models_are_listed_and_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours = json.loads(enfold(tmp_path, "models", "--json").stdout)
    assert [model["id"] for model in ours if not model["missing"]] == ["bytes/small"]
    monkeypatch.setenv("ENFOLD_BYTE_MODEL", "")  # as if none came along
    nothing = enfold(tmp_path, "models")
    assert nothing.returncode == 0
    assert "no model can be reached" in nothing.stderr
    found = json.loads(enfold(tmp_path, "models", "opus 4.5", "--json").stdout)
    assert any("opus" in model["id"] for model in found)
    assert all(model["missing"] for model in found)


def test_an_export_leaves_links_and_devices_what_they_are(tmp_path: Path) -> None:
    room = a_room(tmp_path)
    real, link = tmp_path / "real.md", tmp_path / "link.md"
    real.write_text("old", encoding="utf-8")
    link.symlink_to(real)
    assert enfold(tmp_path, "export", room, "-o", str(link), "--force").returncode == 0
    assert link.is_symlink()
    assert "the red lantern" in real.read_text(encoding="utf-8")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    refused = enfold(tmp_path, "export", room, "-o", str(pipe), "--force")
    assert refused.returncode == 2
    assert "is no file" in refused.stderr


def test_one_damaged_room_does_not_hide_the_others_and_can_be_deleted(tmp_path: Path) -> None:
    room = a_room(tmp_path)
    fork = enfold(tmp_path, "fork", room).stdout.strip()
    log = tmp_path / "data" / "rooms" / fork / "log.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"kind":"Spoke"', b'"kind":Spoke"', 1))
    found = enfold(tmp_path, "search", "lantern", "--json")
    assert found.returncode == 0
    assert {hit["room"] for hit in json.loads(found.stdout)} == {room}
    assert "passed over" in found.stderr
    assert "!" in enfold(tmp_path, "list").stdout
    assert enfold(tmp_path, "rm", fork, "--yes").returncode == 0


def test_a_room_that_is_not_folded_yet_says_so(tmp_path: Path) -> None:
    talk = tmp_path / "talk.txt"
    talk.write_text(
        "Ada: hello there\n\nBob: good evening\n\nAda: shall we?\n", encoding="utf-8"
    )
    enfold(tmp_path, "import", str(talk))
    done = enfold(tmp_path, "cc", "show")
    assert done.returncode == 1
    assert "nothing folded yet" in done.stderr


def test_an_address_is_never_taken_for_another_model(tmp_path: Path) -> None:
    room = a_room(tmp_path)
    address = "http://127.0.0.1:1/v1#gemma2"
    enfold(tmp_path, "resume", room, "--turns", "1", "--cast", f"AI-1={address}")
    lines = enfold(tmp_path, "show", room, "--jsonl").stdout.splitlines()
    changed = [json.loads(line) for line in lines if '"kind":"Changed"' in line]
    assert [one["value"] for one in changed] == [address]


def test_letters_that_the_terminal_lacks_do_not_end_anything(tmp_path: Path) -> None:
    text = TINY.replace("the red lantern is lit", "東京 at night")
    done = enfold(
        tmp_path,
        "run",
        tiny(tmp_path, text),
        extra={"PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"},
    )
    assert done.returncode == 0, done.stderr
    assert "at night" in done.stdout
