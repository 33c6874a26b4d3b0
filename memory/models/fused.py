"""The passes of `fused.c` as functions that torch can differentiate.

`memory.kernel.build` compiles the library on first use. Where that fails `library()` is None and `memory.models.bytes` takes its plain path.
Everything here learns in bf16 and float32; what is exact lives in `memory.models.frozen`.
"""

import ctypes
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

import torch
from torch import Tensor

from memory.kernel import build

SOURCE = Path(__file__).with_name("fused.c")
FLAGS = (
    "-O3",
    "-march=native",
    "-ffp-contract=fast",
    "-fno-math-errno",
    "-shared",
    "-fPIC",
    "-lm",
)
EPS = 1e-5
HEAD_EPS = 1e-6


@cache
def library() -> ctypes.CDLL | None:
    """Compile and load `fused.c`; None where no compiler is at hand."""
    loaded = build.library((SOURCE,), FLAGS)
    if loaded is not None:
        loaded.enfold_rows_norm.restype = ctypes.c_double
    return loaded


PLAIN = False
"""Tests set this to True to compare with plain torch."""


def serves(x: Tensor) -> bool:
    """Whether the passes here can take over from plain torch, which hands bf16 to them."""
    return not PLAIN and x.dtype == torch.bfloat16 and not x.is_cuda and library() is not None


class Skip(NamedTuple):
    """A tensor from a later place on."""

    tensor: Tensor
    places: int


def call(name: str, *arguments: Tensor | Skip | int | float) -> float:
    """Call a pass: tensors as pointers, whole numbers as 64 bits, others as float."""
    given: list[Any] = []
    for argument in arguments:
        if isinstance(argument, Skip):
            past = argument.places * argument.tensor.element_size()
            given.append(ctypes.c_void_p(argument.tensor.data_ptr() + past))
        elif isinstance(argument, Tensor):
            if not argument.is_contiguous():
                raise ValueError(f"{name}: a tensor with gaps")
            given.append(ctypes.c_void_p(argument.data_ptr()))
        elif isinstance(argument, int):
            given.append(ctypes.c_int64(argument))
        else:
            given.append(ctypes.c_float(argument))
    return getattr(library(), name)(*given)


class Norm(torch.autograd.Function):
    """`x / rms(x)`, float32 in, bf16 out."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """x: float32 `[..., width]`."""
        x = x.contiguous()
        width = x.shape[-1]
        many = x.numel() // width
        out = torch.empty(x.shape, dtype=torch.bfloat16)
        scale = torch.empty(many)
        call("enfold_norm", x, out, scale, many, width, EPS)
        ctx.save_for_backward(x, scale)
        return out

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Tensor:
        """To the input."""
        x, scale = ctx.saved_tensors
        dx = torch.empty_like(x)
        width = x.shape[-1]
        grad = grads[0].to(torch.bfloat16).contiguous()
        call("enfold_norm_back", x, scale, grad, dx, x.numel() // width, width)
        return dx


class Scan(torch.autograd.Function):
    """Gates and their recurrence; gives what goes on, and the last state."""

    @staticmethod
    def forward(
        ctx: Any, p: Tensor, bias: Tensor, keep: Tensor, first: Tensor
    ) -> tuple[Tensor, Tensor]:
        """p: bf16 `[batch, time, 3 state]`; keep: uint8 `[batch, time]`; first: float32."""
        batch, time, three = p.shape
        p, first = p.contiguous(), first.contiguous()
        wide = three // 3
        y = torch.empty(batch, time, wide, dtype=torch.bfloat16)
        states = torch.empty_like(y)
        last = torch.empty(batch, wide)
        call("enfold_scan", p, bias, keep, first, y, states, last, batch, time, wide)
        ctx.save_for_backward(p, bias, keep, first, states)
        return y, last

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, None, Tensor]:
        """To the projections, the bias and the first state."""
        p, bias, keep, first, states = ctx.saved_tensors
        batch, time, three = p.shape
        dfirst = grads[1].contiguous().clone()
        dp, dbias = torch.empty_like(p), torch.zeros_like(bias)
        call(
            "enfold_scan_back",
            p,
            bias,
            keep,
            first,
            states,
            grads[0].contiguous(),
            dfirst,
            dp,
            dbias,
            batch,
            time,
            three // 3,
        )
        return dp, dbias, None, dfirst


class Retain(torch.autograd.Function):
    """Retention over a whole turn, its norm per head and its gate."""

    @staticmethod
    def forward(  # noqa: PLR0917 - torch hands these over by place
        ctx: Any, p: Tensor, logs: Tensor, share: Tensor, first: Tensor, value: int
    ) -> tuple[Tensor, Tensor]:
        """Take p as bf16 `[batch, time, heads * (2 key + 2 value)]`.

        The decays' logs and the shares are `[batch, time, heads]`; the first memory is float32
        `[batch, heads, key, value]`.
        """
        p, share = p.contiguous(), share.contiguous()
        batch, time, stride = p.shape
        heads, key = first.shape[1:3]
        decay, last = logs.exp().contiguous(), first.contiguous().clone()
        o = torch.empty(batch, time, heads * value, dtype=torch.bfloat16)
        y = torch.empty_like(o)
        call("enfold_retain", p, decay, share, last, o, batch, time, heads, key, value, stride)
        gate = heads * (2 * key + value)
        call("enfold_gate", o, Skip(p, gate), y, batch * time, heads, value, stride, HEAD_EPS)
        ctx.save_for_backward(p, decay, share, first, o)
        return y, last

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor, None, None]:
        """To the projections, the log decays and the shares; not into what was carried here."""
        p, decay, share, first, o = ctx.saved_tensors
        batch, time, stride = p.shape
        heads, key, value = first.shape[1:]
        dp, do = torch.empty_like(p), torch.empty_like(o)
        dlogs, dshare = torch.empty_like(decay), torch.empty_like(share)
        gate = heads * (2 * key + value)
        call(
            "enfold_gate_back",
            o,
            Skip(p, gate),
            grads[0].contiguous(),
            do,
            Skip(dp, gate),
            batch * time,
            heads,
            value,
            stride,
            HEAD_EPS,
        )
        call(
            "enfold_retain_back",
            p,
            decay,
            share,
            first.contiguous(),
            do,
            dp,
            dlogs,
            dshare,
            torch.empty(key, value),
            batch,
            time,
            heads,
            key,
            value,
            stride,
        )
        return dp, dlogs, dshare, None, None


class Embed(torch.autograd.Function):
    """Bytes and their n-grams. The rows' gradient goes to `dtable` and `marks`, not to torch."""

    @staticmethod
    def forward(  # noqa: PLR0917 - torch hands these over by place
        ctx: Any,
        tokens: Tensor,
        rows: Tensor,
        weight: Tensor,
        table: Tensor,
        dtable: Tensor,
        marks: Tensor,
    ) -> Tensor:
        """tokens: int32 `[batch, time]`; rows: int32 `[orders, batch, time]`, -1 for none."""
        width = weight.shape[1]
        x = torch.empty(*tokens.shape, width)
        call(
            "enfold_embed", tokens, rows, weight, table, x, tokens.numel(), width, rows.shape[0]
        )
        ctx.save_for_backward(tokens, rows, weight, dtable, marks)
        return x

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[None, None, Tensor, None, None, None]:
        """To the bytes' weights."""
        tokens, rows, weight, dtable, marks = ctx.saved_tensors
        dweight = torch.zeros_like(weight)
        call(
            "enfold_embed_back",
            tokens,
            rows,
            grads[0].contiguous(),
            dweight,
            dtable,
            marks,
            tokens.numel(),
            weight.shape[1],
            rows.shape[0],
        )
        return None, None, dweight, None, None, None


class Score(torch.autograd.Function):
    """Mean cost in nats per learnt position; also the cost of each byte and of each end flag."""

    @staticmethod
    def forward(ctx: Any, logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """logits: bf16 `[batch, time, 257]`; targets: int32 `[batch, time]`."""
        logits = logits.contiguous()
        many = targets.numel()
        nats, ends = torch.empty(targets.shape), torch.empty(targets.shape)
        dlogits = torch.empty_like(logits)
        scale = 1.0 / max(1, int((targets >= 0).sum()))
        call("enfold_score", logits, targets, nats, ends, dlogits, many, float(scale))
        ctx.save_for_backward(dlogits)
        ctx.mark_non_differentiable(nats, ends)
        return (nats.sum() + ends.sum()) * scale, nats, ends

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        """To the logits; the loss itself is taken to be what is minimised."""
        (dlogits,) = ctx.saved_tensors
        return dlogits, None


def norm(x: Tensor) -> Tensor:
    """See `Norm`."""
    return cast("Tensor", Norm.apply(x))


def scan(p: Tensor, bias: Tensor, keep: Tensor, first: Tensor) -> tuple[Tensor, Tensor]:
    """See `Scan`."""
    return cast("tuple[Tensor, Tensor]", Scan.apply(p, bias, keep, first))


def retain(
    p: Tensor, logs: Tensor, share: Tensor, first: Tensor, value: int
) -> tuple[Tensor, Tensor]:
    """See `Retain`."""
    return cast("tuple[Tensor, Tensor]", Retain.apply(p, logs, share, first, value))


def embed(  # noqa: PLR0917 - as torch takes them
    tokens: Tensor, rows: Tensor, weight: Tensor, table: Tensor, dtable: Tensor, marks: Tensor
) -> Tensor:
    """See `Embed`."""
    return cast("Tensor", Embed.apply(tokens, rows, weight, table, dtable, marks))


def score(logits: Tensor, targets: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """See `Score`."""
    return cast("tuple[Tensor, Tensor, Tensor]", Score.apply(logits, targets))
