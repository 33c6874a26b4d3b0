"""V counts what a text tells after a context: the same everywhere, less to who remembers."""

import pytest

from agents.scenarios import scenario as scenarios
from harness.evaluation.verifier import (
    BIT,
    Guessed,
    Mixed,
    NoVerifier,
    Verifier,
    prime,
    verifier,
)
from memory.codec.reference import Reference
from memory.models.shipping import shipped
from tests.processes import told

FACT = b"Pell: the spare key hangs behind the barometer.\n"
ASKED = b"Question: Where does the spare key hang?\nAnswer: "
ANSWER = b"behind the barometer\n"

WAYS = [
    pytest.param("mixer"),
    pytest.param(
        "model", marks=pytest.mark.skipif(shipped() is None, reason="no byte model shipped")
    ),
]


@pytest.fixture(scope="module", params=WAYS)
def one(request: pytest.FixtureRequest) -> Verifier:
    return verifier(request.param)


def test_an_answer_is_cheaper_to_who_was_told(one: Verifier) -> None:
    begun = one.begin()
    knowing = begun.read(b"Ansgar: glass 986, falling.\n" + FACT)
    unknowing = begun.read(b"Ansgar: glass 986, falling.\nPell: the soup is cold again.\n")
    assert knowing.bits(ASKED, ANSWER) < 0.75 * unknowing.bits(ASKED, ANSWER)


def test_asking_changes_nothing(one: Verifier) -> None:
    stand = one.begin().read(FACT)
    first = stand.bits(ASKED, ANSWER)
    stand.read(b"Pell: something else altogether.\n")
    assert stand.bits(ASKED, ANSWER) == first


def test_what_is_read_in_parts_is_read_as_a_whole() -> None:
    begun = Mixed().begin()
    parts = begun.read(FACT[:20]).read(FACT[20:])
    assert parts.bits(ASKED, ANSWER) == begun.read(FACT).bits(ASKED, ANSWER)


def test_nothing_tells_nothing(one: Verifier) -> None:
    assert one.begin().bits(b"", b"") == 0


def test_it_counts_what_the_reference_counts() -> None:
    plain = Reference(guided=False)
    plain.begin(b"")
    plain.weigh(prime()[:1500])
    from memory.codec.mixing import mixer

    other = mixer(guided=False)
    other.begin(b"")
    other.weigh(prime()[:1500])
    assert plain.weigh(ANSWER) == other.weigh(ANSWER)


def test_the_prime_knows_no_room_that_comes_along() -> None:
    """It would guess what is said there before it is said, and any memory would look good."""
    known = " ".join(prime().decode().split())
    for path in scenarios.FOLDER.glob("*.toml"):
        words = " ".join(path.read_text("utf-8").split())
        assert not [
            words[at : at + 40]
            for at in range(0, len(words), 20)
            if words[at : at + 40] in known
        ], path.name


def test_a_digest_names_the_prime_and_the_verifier() -> None:
    assert Mixed().digest == Mixed().digest
    assert len(Mixed().digest) == 64
    if shipped() is not None:
        assert Guessed().digest != Mixed().digest


def test_another_process_with_another_hash_seed_counts_the_same() -> None:
    code = (
        "from harness.evaluation.verifier import Mixed;"
        f"print(Mixed().begin().read({FACT!r}).bits({ASKED!r}, {ANSWER!r}))"
    )
    here = Mixed().begin().read(FACT).bits(ASKED, ANSWER)
    assert told(code) == {f"{here}\n"}
    assert here < 100 * BIT


def test_a_name_that_is_none_is_told() -> None:
    with pytest.raises(NoVerifier, match="no verifier called 'oracle'"):
        verifier("oracle")
