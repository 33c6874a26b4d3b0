"""Events of every kind, made by Hypothesis from their own type hints."""

import types
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Union, cast, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

from transcripts.events import KINDS, Entry, Event, Source, Unknown

texts = st.text(max_size=40)


def of(wanted: Any) -> st.SearchStrategy[Any]:
    """Return values of a type that events are made of."""
    origin, args = get_origin(wanted), get_args(wanted)
    if origin in (Union, types.UnionType):
        return st.one_of([st.none() if arg is type(None) else of(arg) for arg in args])
    if origin is tuple:
        return st.lists(of(args[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(texts, of(args[1]), max_size=3)
    if is_dataclass(wanted):
        kind = cast("type[Any]", wanted)
        hints = get_type_hints(kind)
        return st.builds(kind, **{field.name: of(hints[field.name]) for field in fields(kind)})
    simple: dict[Any, st.SearchStrategy[Any]] = {
        str: texts,
        int: st.integers(-(2**53), 2**53),
        float: st.floats(allow_nan=False, allow_infinity=False),
        bool: st.booleans(),
    }
    return simple[wanted]


unknown = st.builds(
    Unknown,
    texts.filter(lambda kind: kind not in KINDS),
    st.dictionaries(
        texts.filter(lambda key: key not in {"v", "place", "at", "kind", "source"}),
        st.recursive(
            st.none() | st.booleans() | st.integers(-(2**53), 2**53) | texts,
            lambda inner: (
                st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
            ),
            max_leaves=5,
        ),
        max_size=4,
    ),
)

events: st.SearchStrategy[Event] = st.one_of(
    [of(kind) for kind in KINDS.values() if kind is not Unknown] + [unknown]
)

times = st.integers(946_684_800_000_000, 4_102_444_800_000_000).map(
    lambda microseconds: datetime.fromtimestamp(0, UTC) + timedelta(microseconds=microseconds)
)
"""From 2000 to 2100."""

entries: st.SearchStrategy[Entry] = st.builds(
    Entry,
    st.integers(0, 10**9),
    times,
    events,
    st.none() | st.builds(Source, st.integers(1, 10**6), texts),
)
