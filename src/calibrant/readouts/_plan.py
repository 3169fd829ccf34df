"""In what order and company questions pass through the model, fixed before the first of them does.

Numbers from a batch depend in their last bits on its company. Since shards and batches follow from the questions alone,
a resumed run repeats the very same batches, and its rows are bit-identical to those of a run that was never killed.
"""

from collections.abc import Sequence

SHARD_ROWS = 256
"""Questions a shard, or fewer where more is read of each: what a killed run can lose."""


def plan_shards(costs: Sequence[int], *, rows: int = SHARD_ROWS) -> list[list[int]]:
    """Cut questions into shards of similar cost, the dearest first, so that memory runs out early or never.

    Examples
    --------
    >>> plan_shards([5, 9, 5, 7], rows=2)
    [[1, 3], [0, 2]]
    """
    order = sorted(range(len(costs)), key=lambda index: (-costs[index], index))
    return [order[start : start + rows] for start in range(0, len(order), rows)]


def plan_batches(costs: Sequence[int], budget: int) -> list[list[int]]:
    """Cut questions into batches of similar length, each padded batch within the budget of tokens.

    A question above the budget gets a batch of its own.

    Examples
    --------
    >>> plan_batches([10, 40, 10, 12], 40)
    [[1], [3, 0, 2]]
    """
    order = sorted(range(len(costs)), key=lambda index: (-costs[index], index))
    batches: list[list[int]] = []
    for index in order:
        # The first of a batch is its longest, and all others are padded to it.
        if batches and (len(batches[-1]) + 1) * costs[batches[-1][0]] <= budget:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches
