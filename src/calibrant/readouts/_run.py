"""One run over a folder of readouts: shard by shard, batch by batch, through the model."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from calibrant.data import Question
from calibrant.models import HiddenRequest, LanguageModel, Prompt, Reading, common_head, count_nodes
from calibrant.readouts._extras import Extras
from calibrant.readouts._plan import SHARD_ROWS, plan_batches, plan_shards
from calibrant.readouts._prompts import Row, read_row
from calibrant.readouts._shards import ShardWriter
from calibrant.types import ReadoutKind, SplitName


class Run:
    """Reads questions and writes their shards, passing over those that an earlier run has written.

    Parameters
    ----------
    model : LanguageModel
        The model.
    questions : sequence of Question
        In the order of the rows.
    split : sequence of SplitName
        The part that each belongs to.
    prompts : mapping of ReadoutKind to sequence of Prompt
        What the model is asked for each question, for each way of reading.
    writer : ShardWriter
        The folder.
    hidden : HiddenRequest, optional
        Hidden states to keep.
    hidden_dtype : str
        How they are stored.
    batch_tokens : int
        Padded tokens that one batch may hold.
    extras : Extras
        What is read of every question besides, in phases of one way of reading.
    extra_prompts : sequence of sequence of Prompt
        What the model is asked for that, for each question.
    """

    def __init__(
        self,
        model: LanguageModel,
        questions: Sequence[Question],
        split: Sequence[SplitName],
        prompts: Mapping[ReadoutKind, Sequence[Prompt]],
        writer: ShardWriter,
        *,
        hidden: HiddenRequest | None,
        hidden_dtype: str,
        batch_tokens: int,
        extras: Extras,
        extra_prompts: Sequence[Sequence[Prompt]],
    ) -> None:
        self._model, self._questions, self._split, self._prompts = model, questions, split, prompts
        self._writer, self._hidden, self._hidden_dtype = writer, hidden, hidden_dtype
        self._batch_tokens, self._extras, self._extra_prompts = batch_tokens, extras, extra_prompts
        every = [prompt for own in extra_prompts for prompt in own]
        self._extra_head = common_head(every) if every else 0
        self._heads = {kind: common_head(own) for kind, own in prompts.items()}
        self._costs = {
            kind: [count_nodes(prompt, head=self._heads[kind]) for prompt in own] for kind, own in prompts.items()
        }
        self._n_shards = 0

    def phase(self, members: Sequence[int], kinds: Sequence[ReadoutKind], advance: Callable[[int], None]) -> list[Row]:
        """Read some questions in these ways and return their rows in the order of ``members``.

        Shards are numbered through all phases, so that a run that is taken up must go through the same phases.
        """
        done: dict[int, Row] = {}
        for shard in self._plan(members, kinds):
            rows = self._writer.read(self._n_shards, [self._questions[i].id for i in shard])
            if rows is None:
                rows = self._make(shard, kinds, advance)
            else:
                advance(len(shard))
            self._n_shards += 1
            done |= dict(zip(shard, rows, strict=True))
        return [done[i] for i in members]

    def _plan(self, members: Sequence[int], kinds: Sequence[ReadoutKind]) -> list[list[int]]:
        extra = [self._extra_prompts[i] for i in members]
        costs = [
            sum(self._costs[kind][i] for kind in kinds)
            + sum(count_nodes(prompt, head=self._extra_head) for prompt in own)
            for i, own in zip(members, extra, strict=True)
        ]
        # The more is read of a question, the fewer of them make a shard, so that a killed run loses no more.
        n_readings = len(members) + len({prompt for own in extra for prompt in own})
        rows = SHARD_ROWS * len(members) // max(1, n_readings)
        return [[members[place] for place in places] for places in plan_shards(costs, rows=max(1, rows))]

    def _make(self, shard: Sequence[int], kinds: Sequence[ReadoutKind], advance: Callable[[int], None]) -> list[Row]:
        rows: list[Row] = [{"row": i, "id": self._questions[i].id, "split": self._split[i]} for i in shard]
        states: list[npt.NDArray[np.float32]] = []
        for kind in kinds:
            # A question is done when it was read the last of these ways, and all that is read besides.
            last = kind == kinds[-1] and not self._extras
            readings = self._read(shard, kind, advance if last else None)
            for row, i, reading in zip(rows, shard, readings, strict=True):
                row |= read_row(self._model, self._questions[i], kind, reading)
            states += [reading.hidden for reading in readings if reading.hidden is not None]
        if self._extras:
            for row, i, besides in zip(rows, shard, self._read_extras(shard, advance), strict=True):
                row |= self._extras.columns(self._model, self._questions[i], kinds[-1], row, besides)
        self._writer.write(self._n_shards, rows, states, self._hidden_dtype)
        return rows

    def _read(self, shard: Sequence[int], kind: ReadoutKind, advance: Callable[[int], None] | None) -> list[Reading]:
        prompts = [self._prompts[kind][i] for i in shard]
        readings: dict[int, Reading] = {}
        for batch in plan_batches([self._costs[kind][i] for i in shard], self._batch_tokens):
            own = self._model.score([prompts[i] for i in batch], head=self._heads[kind], hidden=self._hidden)
            readings |= dict(zip(batch, own, strict=True))
            if advance is not None:
                advance(len(batch))
        return [readings[i] for i in range(len(prompts))]

    def _read_extras(self, shard: Sequence[int], advance: Callable[[int], None]) -> list[list[Reading]]:
        """Read what is asked of these questions besides; equal prompts of a shard are read once."""
        places: dict[Prompt, int] = {}
        wanted = [[places.setdefault(prompt, len(places)) for prompt in self._extra_prompts[i]] for i in shard]
        prompts = list(places)
        costs = [count_nodes(prompt, head=self._extra_head) for prompt in prompts]
        readings: dict[int, Reading] = {}
        n_done = 0
        for batch in plan_batches(costs, self._batch_tokens):
            own = self._model.score([prompts[place] for place in batch], head=self._extra_head)
            readings |= dict(zip(batch, own, strict=True))
            n_now = sum(readings.keys() >= {*needed} for needed in wanted)
            advance(n_now - n_done)
            n_done = n_now
        return [[readings[place] for place in needed] for needed in wanted]
