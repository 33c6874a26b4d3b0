"""One reply while it comes: thoughts told from speech, and an end to what has none.

Both real providers read through this, so that the same stream gives the same pieces.
"""

from agents.errors import Empty, ProviderError, Refused
from agents.providers.base import Delta, Finished
from agents.providers.think import Thoughts
from agents.providers.verdicts import clean
from agents.providers.wire import Chunk

SPEECH_LIMIT = 2_000_000
"""Bytes of speech that one reply may have, and as many of reasoning."""

_DECLINED = {"content_filter", "content-filter", "safety", "refusal"}
_CUT = {"length", "max_tokens", "max_output_tokens"}


class Reply:
    """Puts chunks together."""

    def __init__(self, model: str, *, limit: int = SPEECH_LIMIT) -> None:
        """Begin.

        Args:
            model: Id of the model that replies.
            limit: Bytes of speech, at most.
        """
        self.model = clean(model)
        self.finish = ""
        """Why the reply ended, in the server's word; empty while it has not."""
        self.full = False
        """The limit is reached: nothing more is taken, and nobody need go on reading."""
        self.tokens_in: int | None = None
        self.tokens_out: int | None = None
        self.dollars: float | None = None
        """What the server says it took."""
        self._limit = limit
        self._thoughts = Thoughts()
        self._sizes = {"speech": 0, "reasoning": 0}

    @property
    def said(self) -> int:
        """Bytes of speech so far."""
        return self._sizes["speech"]

    @property
    def begun(self) -> bool:
        """Whether anything came, be it thought or said."""
        return any(self._sizes.values())

    def take(self, chunk: Chunk) -> list[Delta]:
        """Return what `chunk` adds."""
        self.finish = chunk.finish or self.finish
        self.tokens_in = self.tokens_in if chunk.tokens_in is None else chunk.tokens_in
        self.tokens_out = self.tokens_out if chunk.tokens_out is None else chunk.tokens_out
        self.dollars = self.dollars if chunk.dollars is None else chunk.dollars
        found = [Delta(chunk.reasoning, "reasoning")] if chunk.reasoning else []
        return self._fit([*found, *self._thoughts.feed(chunk.speech)])

    def rest(self) -> list[Delta]:
        """Return what was held back. No chunk follows."""
        return self._fit(self._thoughts.finish())

    def close(self, finish: str, usage: Chunk | None) -> None:
        """Take these for the reply's end and count, in place of what the chunks said."""
        self.finish = finish
        self.tokens_in = usage.tokens_in if usage else None
        self.tokens_out = usage.tokens_out if usage else None
        self.dollars = usage.dollars if usage else None

    def end(self, *, dollars: float | None, temperature: float | None) -> Finished:
        """Return the last item of a whole reply.

        Raises:
            Empty: Nothing was said.
            Refused: A content policy stopped it.
        """
        if self.finish.lower() in _DECLINED:
            raise Refused(
                self.model, f"stopped by the provider's content policy ({self.finish})"
            )
        cut = self.full or self.finish.lower() in _CUT
        if not self.said:
            raise self._nothing(cut=cut)
        return Finished(
            reason="length" if cut else "stop",
            tokens_in=self.tokens_in,
            tokens_out=self.tokens_out,
            dollars=dollars,
            temperature=temperature,
        )

    def _nothing(self, *, cut: bool) -> ProviderError:
        thought = self._sizes["reasoning"]
        if not thought:
            return Empty(self.model, "the reply has nothing in it")
        error = Empty(self.model, f"only reasoning came ({thought} bytes), and no reply")
        # It used up what it may write on thinking, and would again.
        error.retry = not cut
        return error

    def _fit(self, deltas: list[Delta]) -> list[Delta]:
        fitting: list[Delta] = []
        for delta in deltas:
            if self.full:
                break
            data = delta.text.encode()
            room = self._limit - self._sizes[delta.channel]
            self.full = len(data) > room
            self._sizes[delta.channel] += min(len(data), room)
            text = data[:room].decode(errors="ignore") if self.full else delta.text
            if text:
                fitting.append(Delta(text, delta.channel))
        return fitting
