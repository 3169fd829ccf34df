"""What a transformers tokenizer says of single tokens: the text that they add, and which of them end an answer."""

from collections.abc import Sequence

import transformers
from jinja2 import TemplateError


class Speller:
    """The text that tokens add to a text before them, whatever it is: leading spaces stay.

    Parameters
    ----------
    tokenizer : transformers.PreTrainedTokenizerBase
        Whose tokens they are.
    """

    def __init__(self, tokenizer: transformers.PreTrainedTokenizerBase) -> None:
        self._tokenizer = tokenizer
        self._before: list[int] = list(tokenizer("a", add_special_tokens=False)["input_ids"])
        self._n_before = len(self._decode(()))
        self._known: dict[int, str] = {}

    def __call__(self, tokens: Sequence[int]) -> str:
        if len(tokens) > 1:
            return self._decode(tokens)[self._n_before :]
        (token,) = tokens
        if token not in self._known:
            self._known[token] = self._decode(tokens)[self._n_before :]
        return self._known[token]

    def _decode(self, tokens: Sequence[int]) -> str:
        return str(self._tokenizer.decode([*self._before, *tokens], clean_up_tokenization_spaces=False))


def ending_tokens(
    network: transformers.PreTrainedModel, tokenizer: transformers.PreTrainedTokenizerBase
) -> frozenset[int]:
    """Return the tokens that end an answer.

    They are those that the model's settings for generation name, the one that its tokenizer names, and the special
    token that its chat template puts behind an assistant's turn.
    """
    named = getattr(network.generation_config, "eos_token_id", None)
    ends = set(named if isinstance(named, list) else [named]) | {tokenizer.eos_token_id}
    if tokenizer.chat_template:
        turns = [{"role": "user", "content": "question"}, {"role": "assistant", "content": "answer"}]
        try:
            behind = str(tokenizer.apply_chat_template(turns, tokenize=False)).rpartition("answer")[2]
        except TemplateError:
            behind = ""
        special = {token for token, form in tokenizer.added_tokens_decoder.items() if form.special}
        tokens = tokenizer(behind, add_special_tokens=False)["input_ids"]
        ends |= {next((token for token in tokens if token in special), None)}
    return frozenset(ends - {None})
