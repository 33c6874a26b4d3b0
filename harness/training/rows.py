"""Adam for the n-gram tables: only the rows that a batch touched move.

Each step touches a quarter of the rows; the pass over the others would cost as much as a block.
"""

import torch
from torch import Tensor

from memory.models import fused

BETAS = (0.9, 0.99)
EPS = 1e-8


class RowAdam:
    """Moments of one table, and its step."""

    def __init__(self, table: Tensor, grad: Tensor, marks: Tensor) -> None:
        self.table, self.grad, self.marks = table, grad, marks
        self.mean, self.power = torch.zeros_like(table.data), torch.zeros_like(table.data)
        self.steps = 0

    def norm(self) -> float:
        """Sum of the squares of the gradient."""
        rows, part = self.table.shape
        return fused.call("enfold_rows_norm", self.grad, self.marks, rows, part)

    def step(self, rate: float, scale: float) -> None:
        """Move the touched rows and forget their gradient, `scale` times what was gathered."""
        self.steps += 1
        rows, part = self.table.shape
        fixes = [1 / (1 - beta**self.steps) for beta in BETAS]
        fused.call(
            "enfold_rows_adam",
            self.table,
            self.grad,
            self.mean,
            self.power,
            self.marks,
            rows,
            part,
            float(rate),
            *BETAS,
            EPS,
            fixes[0],
            fixes[1],
            float(scale),
        )
