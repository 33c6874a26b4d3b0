"""Several processes that learn one model together: each reads its share of the lanes.

`torchrun` and `accelerate launch` tell every process its rank by the environment; without them
there is one. Every process keeps the place of all lanes in the text, reads its own, and takes
part in one sum of the gradients a step, so all hold the same weights, to the bit.
"""

import os
from dataclasses import dataclass
from typing import cast

import torch
from torch import Tensor, distributed

from harness.errors import NotPossible


@dataclass(frozen=True, slots=True)
class Ranks:
    """Which of the processes this one is."""

    rank: int = 0
    many: int = 1
    local: int = 0
    """Rank on this machine: which GPU to take."""

    @classmethod
    def join(cls, device: str) -> "Ranks":
        """Meet the others, if the environment tells of any.

        Args:
            device: As torch names it; GPUs talk by NCCL, processors by gloo.

        Raises:
            NotPossible: They cannot be met.
        """
        many = int(os.environ.get("WORLD_SIZE", "1"))
        if many <= 1:
            return cls()
        try:
            distributed.init_process_group("nccl" if device.startswith("cuda") else "gloo")
        except (RuntimeError, ValueError) as error:
            line = str(error).splitlines()[0]
            raise NotPossible(f"the other processes cannot be met: {line}") from error
        return cls(distributed.get_rank(), many, int(os.environ.get("LOCAL_RANK", "0")))

    def leave(self) -> None:
        """Part from the others."""
        if self.many > 1:
            distributed.destroy_process_group()

    @property
    def first(self) -> bool:
        """Whether this process writes files and lines."""
        return self.rank == 0

    def part(self, lanes: int) -> slice:
        """Give this process's share of the lanes.

        Raises:
            NotPossible: They cannot be shared evenly.
        """
        if lanes % self.many:
            raise NotPossible(f"{lanes} lanes cannot be shared evenly by {self.many} processes")
        each = lanes // self.many
        return slice(self.rank * each, (self.rank + 1) * each)

    def add(self, tensors: list[Tensor]) -> None:
        """Replace each tensor by the sum of all processes'."""
        if self.many == 1 or not tensors:
            return
        flat = torch.cat([tensor.flatten() for tensor in tensors])
        distributed.all_reduce(flat)
        at = 0
        for tensor in tensors:
            tensor.copy_(flat[at : at + tensor.numel()].view_as(tensor))
            at += tensor.numel()

    def most(self, tensor: Tensor) -> None:
        """Replace a tensor by the largest of all processes', place by place."""
        if self.many > 1:
            distributed.all_reduce(tensor, distributed.ReduceOp.MAX)

    def whole(self, tensor: Tensor) -> Tensor:
        """Put the processes' parts together along the first axis, lanes."""
        if self.many == 1:
            return tensor
        parts = [torch.empty_like(tensor) for _ in range(self.many)]
        distributed.all_gather(parts, tensor.contiguous())
        return torch.cat(parts)

    def agree(self, numbers: list[int], device: str) -> list[int]:
        """Give the first process's numbers to all."""
        if self.many == 1:
            return numbers
        told = torch.tensor(numbers, dtype=torch.int64, device=device)
        distributed.broadcast(told, 0)
        return cast("list[int]", told.tolist())


def use(device: str, *, threads: int) -> None:
    """Set torch up.

    Args:
        device: As torch names it.
        threads: Of the processor.

    Raises:
        NotPossible: There is no such device here.
    """
    torch.set_num_threads(threads)
    try:
        torch.zeros(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        line = str(error).splitlines()[0]
        raise NotPossible(f"device {device!r} cannot be used: {line}") from error
