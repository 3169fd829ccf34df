"""What a model said → one number an answer; entropies and counts aside, higher means more confident."""

from calibrant.scores._asking import by_asking
from calibrant.scores._distractors import dinco, normalised_confidence
from calibrant.scores._equivalence import Equivalence, PairwiseEquivalence, by_text
from calibrant.scores._guesses import average_confidence, pair_rank
from calibrant.scores._load import EQUIVALENCE_NAMES, by_embedding, by_entailment, load_equivalence
from calibrant.scores._options import margin, max_probability, negative_entropy, option_probabilities
from calibrant.scores._samples import (
    monte_carlo_semantic_entropy,
    n_semantic_sets,
    predictive_entropy,
    self_consistency,
    semantic_entropy,
    weighted_semantic_entropy,
)
from calibrant.scores._signals import SIGNALS, Signal, SignalCost, signal_cost, signal_texts, signals
from calibrant.scores._stated import read_stated
from calibrant.scores._tokens import (
    drop_end_token,
    max_token_entropy,
    mean_logprob,
    mean_token_entropy,
    mean_token_margin,
    min_token_probability,
    perplexity,
    sequence_logprob,
)

__all__ = [
    "EQUIVALENCE_NAMES",
    "SIGNALS",
    "Equivalence",
    "PairwiseEquivalence",
    "Signal",
    "SignalCost",
    "average_confidence",
    "by_asking",
    "by_embedding",
    "by_entailment",
    "by_text",
    "dinco",
    "drop_end_token",
    "load_equivalence",
    "margin",
    "max_probability",
    "max_token_entropy",
    "mean_logprob",
    "mean_token_entropy",
    "mean_token_margin",
    "min_token_probability",
    "monte_carlo_semantic_entropy",
    "n_semantic_sets",
    "negative_entropy",
    "normalised_confidence",
    "option_probabilities",
    "pair_rank",
    "perplexity",
    "predictive_entropy",
    "read_stated",
    "self_consistency",
    "semantic_entropy",
    "sequence_logprob",
    "signal_cost",
    "signal_texts",
    "signals",
    "weighted_semantic_entropy",
]
