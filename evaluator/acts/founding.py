"""A new workspace: made for a unit, copied from the sample, or carried over (沿用) from the year before."""

from evaluator.following.carryover import carry
from evaluator.workspace.initiate import Founded, copy_sample, initiate, vacant, wrong

__all__ = ["Founded", "carry", "copy_sample", "initiate", "vacant", "wrong"]
