"""A BERT of a few thousand random weights, saved as a real folder: as sentence encoder and as cross-encoder."""

import json
from pathlib import Path

import tokenizers
import torch
import transformers
from tokenizers import models, pre_tokenizers, processors

WORDS = (
    "[PAD]",
    "[UNK]",
    "[CLS]",
    "[SEP]",
    "what",
    "is",
    "the",
    "capital",
    "of",
    "france",
    "paris",
    "lyon",
    "city",
    "?",
)
LONGEST = 24


def save_encoder(folder: Path, *, labels: tuple[str, ...] = (), seed: int = 0) -> Path:
    """Write a sentence encoder, or with labels a cross-encoder that has these classes."""
    torch.manual_seed(seed)
    words = {word: number for number, word in enumerate(WORDS)}
    raw = tokenizers.Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    raw.normalizer = tokenizers.normalizers.Lowercase()
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    raw.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    tokenizer = transformers.PreTrainedTokenizerFast(
        tokenizer_object=raw,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=LONGEST,
        model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )
    config = transformers.BertConfig(
        vocab_size=len(WORDS),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=64,
        initializer_range=1.0,
        hidden_dropout_prob=0.3,
        **(
            {"id2label": dict(enumerate(labels)), "label2id": {label: i for i, label in enumerate(labels)}}
            if labels
            else {}
        ),
    )
    kind = transformers.BertForSequenceClassification if labels else transformers.BertModel
    kind(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def set_pooling(folder: Path, *, mean: bool, longest: int) -> None:
    """Write what sentence-transformers keeps beside the network."""
    (folder / "1_Pooling").mkdir()
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"pooling_mode_mean_tokens": mean}))
    (folder / "sentence_bert_config.json").write_text(json.dumps({"max_seq_length": longest}))
