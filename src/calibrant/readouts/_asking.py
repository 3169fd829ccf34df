"""Everything that is asked about some questions: the answer, draws, stated confidence and P(True), as rows."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from calibrant.data import Question
from calibrant.models import AnsweringModel, Completion, GenerationRequest, Message
from calibrant.readouts._answer_store import PTrue, Sample, StatedReply
from calibrant.readouts._converse import NO_ANSWER, cause, converse
from calibrant.readouts._p_true import Claim, PTrueVariant, p_true_sha256, read_p_true
from calibrant.readouts._prompts import Row
from calibrant.readouts._stated_formats import StatedFormat


@dataclass(frozen=True)
class Asking:
    """What is asked about every question."""

    greedy: GenerationRequest
    """Gives the answer."""

    drawn: GenerationRequest | None = None
    """Gives the samples, if any."""

    formats: tuple[StatedFormat, ...] = ()
    """Ways of stating confidence."""

    variants: tuple[PTrueVariant, ...] = ()
    """Ways of reading P(True)."""

    shots: tuple[Claim, ...] = ()
    """Examples for one of these ways."""

    batch_tokens: int = 1024
    """Padded tokens that one batch of P(True) may hold."""

    @property
    def n_replies(self) -> int:
        """How often a model replies to one question."""
        drawn = self.drawn.n if self.drawn else 0
        return 1 + drawn + sum(len(form.stages) for form in self.formats) + len(self.variants)

    @property
    def settings(self) -> dict[str, object]:
        """What a manifest must say."""
        greedy, drawn = self.greedy, self.drawn
        p_true = {"variants": list(self.variants), "sha256": p_true_sha256(self.shots)} if self.variants else None
        return {
            "max_tokens": greedy.max_tokens,
            "samples": drawn.n if drawn else 0,
            "temperature": drawn.temperature if drawn else None,
            "seed": greedy.seed,
            "top_logprobs": greedy.top_logprobs,
            "stated": {form.name: form.sha256 for form in self.formats},
            "p_true": p_true,
            "batch_tokens": self.batch_tokens,
        }

    def ask(
        self,
        model: AnsweringModel,
        questions: Sequence[Question],
        conversations: Sequence[Sequence[Message]],
        advance: Callable[[int], None],
    ) -> tuple[list[Row], list[npt.NDArray[np.float32]]]:
        """Return the columns of every question, and the hidden states of its answer where any has some."""
        requests = [self.greedy] if self.drawn is None else [self.greedy, self.drawn]
        came = converse(model, conversations, requests)
        answers = [completion for (completion,) in came[0]]
        draws = came[1] if self.drawn else [[] for _ in questions]
        advance(len(questions) * (1 + len(draws[0])))
        texts = [completion.text for completion in answers]
        stated = self._state(model, questions, texts, advance)
        p_true = self._p_true(model, questions, texts, draws, advance)
        rows = [
            {
                **_answer_columns(answer),
                "samples": [_sample(completion) for completion in own] if self.drawn else None,
                "stated": replies if self.formats else None,
                "p_true": read if self.variants else None,
            }
            for answer, own, replies, read in zip(answers, draws, stated, p_true, strict=True)
        ]
        return rows, _hidden(answers)

    def _state(
        self,
        model: AnsweringModel,
        questions: Sequence[Question],
        answers: Sequence[str],
        advance: Callable[[int], None],
    ) -> list[list[StatedReply]]:
        every: list[list[StatedReply]] = [[] for _ in questions]
        for form in self.formats:
            for own, reply in zip(every, ask_stated(model, form, questions, answers, advance), strict=True):
                own.append(reply)
        return every

    def _p_true(
        self,
        model: AnsweringModel,
        questions: Sequence[Question],
        answers: Sequence[str],
        draws: Sequence[Sequence[Completion]],
        advance: Callable[[int], None],
    ) -> list[list[PTrue]]:
        claims = [
            Claim(question, answer, tuple(completion.text for completion in own))
            for question, answer, own in zip(questions, answers, draws, strict=True)
        ]
        every: list[list[PTrue]] = [[] for _ in questions]
        for variant in self.variants:
            read = read_p_true(model, claims, variant, shots=self.shots, batch_tokens=self.batch_tokens)
            advance(len(questions))
            for own, one in zip(every, read, strict=True):
                own.append(one)
        return every


def ask_stated(
    model: AnsweringModel,
    form: StatedFormat,
    questions: Sequence[Question],
    answers: Sequence[str],
    advance: Callable[[int], None],
) -> list[StatedReply]:
    """Ask a model to state its confidence, stage by stage; a conversation in which a stage fails ends there.

    Where the format is about an answer that was given before, that answer is the first of the texts.
    """
    replies: list[StatedReply] = [
        {"format": form.name, "texts": [answer] if form.fresh else [], "finish": "stop", "n_tokens": 0, "error": None}
        for answer in answers
    ]
    if form.fresh:
        for reply, answer in zip(replies, answers, strict=True):
            if not answer.strip():
                reply |= {"texts": [], "finish": "error", "error": NO_ANSWER}
    for stage in form.stages:
        live = [place for place, reply in enumerate(replies) if reply["error"] is None]
        conversations = [
            form.conversation(questions[at], () if form.fresh else replies[at]["texts"], answer=answers[at])
            for at in live
        ]
        (came,) = converse(model, conversations, [GenerationRequest(max_tokens=stage.max_tokens)])
        for at, (completion,) in zip(live, came, strict=True):
            _go_on(replies[at], completion)
        advance(len(questions))
    return replies


def _go_on(reply: StatedReply, completion: Completion) -> None:
    if reply["finish"] == "stop":
        reply["finish"] = completion.finish
    n_tokens = _count(completion)
    reply["n_tokens"] = None if n_tokens is None or reply["n_tokens"] is None else reply["n_tokens"] + n_tokens
    reply["error"] = cause(completion)
    if reply["error"] is None:
        reply["texts"] = [*reply["texts"], completion.text]
    else:
        reply["finish"] = "error"


def _answer_columns(answer: Completion) -> Row:
    error = cause(answer)
    top = None if answer.top is None else [[logprob for _, logprob in place] for place in answer.top]
    return {
        "n_prompt_tokens": answer.n_prompt_tokens,
        "answer": answer.text if error is None else None,
        "finish": answer.finish,
        "error": error,
        "tokens": None if answer.tokens is None else list(answer.tokens),
        "logprobs": None if answer.logprobs is None else answer.logprobs.tolist(),
        "entropies": None if answer.entropies is None else answer.entropies.tolist(),
        "top_logprobs": top,
    }


def _sample(drawn: Completion) -> Sample:
    told = drawn.logprobs is not None and drawn.logprobs.size > 0 and bool(np.isfinite(drawn.logprobs).all())
    return {
        "text": drawn.text,
        "finish": drawn.finish,
        "logprob": float(drawn.logprobs.sum()) if told and drawn.logprobs is not None else None,
        "n_tokens": _count(drawn),
        "error": cause(drawn),
    }


def _count(completion: Completion) -> int | None:
    if completion.tokens is not None:
        return len(completion.tokens)
    return None if completion.logprobs is None else len(completion.logprobs)


def _hidden(answers: Sequence[Completion]) -> list[npt.NDArray[np.float32]]:
    """Return the states of each answer, none for one that did not come; nothing where there are none at all."""
    shape = next((answer.hidden.shape for answer in answers if answer.hidden is not None), None)
    if shape is None:
        return []
    absent = np.empty((0, *shape[1:]), dtype=np.float32)
    return [absent if answer.hidden is None else answer.hidden for answer in answers]
