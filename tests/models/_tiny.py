"""Language models of a few thousand random weights, saved as a real folder: every architecture in milliseconds."""

from pathlib import Path

import numpy as np
import tokenizers
import torch
import transformers
from tokenizers import decoders, models, pre_tokenizers, processors

from calibrant.models import ModelIdentity
from calibrant.models.hf import TransformersModel

CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<{{ message.role }}>{{ message.content }}{% endfor %}<assistant>"
)
BOS, N_BYTES, N_ROWS = 0, 256, 300
"""The embedding has more rows than the tokenizer has tokens, as real ones do."""

_SIZES = {
    "vocab_size": N_ROWS,
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "intermediate_size": 64,
    "max_position_embeddings": 256,
    "bos_token_id": BOS,
    "eos_token_id": BOS,
    "pad_token_id": None,
}
WINDOW = 6
MIXED = ["sliding_attention", "full_attention", "sliding_attention"]

CONFIGS = {
    "llama": lambda: transformers.LlamaConfig(**_SIZES),
    "qwen2": lambda: transformers.Qwen2Config(**_SIZES),
    "qwen2 with a window that no layer uses": lambda: transformers.Qwen2Config(
        **_SIZES, use_sliding_window=True, sliding_window=WINDOW, max_window_layers=99
    ),
    "qwen3": lambda: transformers.Qwen3Config(**_SIZES, head_dim=8),
    "gemma2": lambda: transformers.Gemma2Config(
        **_SIZES, head_dim=8, sliding_window=WINDOW, final_logit_softcapping=3.0, attn_logit_softcapping=5.0
    ),
    "gemma3": lambda: transformers.Gemma3TextConfig(
        **_SIZES, head_dim=8, sliding_window=WINDOW, layer_types=MIXED, query_pre_attn_scalar=8
    ),
    "gpt2": lambda: transformers.GPT2Config(
        vocab_size=N_ROWS, n_embd=32, n_layer=3, n_head=4, n_positions=256, bos_token_id=BOS, eos_token_id=BOS
    ),
    "mistral": lambda: transformers.MistralConfig(**_SIZES, sliding_window=WINDOW),
    "granite": lambda: transformers.GraniteConfig(**_SIZES, logits_scaling=3.0, embedding_multiplier=2.0),
    "cohere2": lambda: transformers.Cohere2Config(
        **_SIZES, logit_scale=0.3, sliding_window=WINDOW, layer_types=MIXED
    ),
    "opt": lambda: transformers.OPTConfig(
        vocab_size=N_ROWS, hidden_size=32, word_embed_proj_dim=32, ffn_dim=64, num_hidden_layers=3,
        num_attention_heads=4, max_position_embeddings=256, bos_token_id=BOS, eos_token_id=BOS, pad_token_id=1,
    ),
    "gemma3 that sees": lambda: transformers.Gemma3Config(
        text_config=_SIZES | {"head_dim": 8, "sliding_window": WINDOW, "layer_types": MIXED},
        vision_config={
            "hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 3, "num_attention_heads": 2,
            "image_size": 8, "patch_size": 4,
        },
        mm_tokens_per_image=4, image_token_index=299, boi_token_index=298, eoi_token_index=297,
    ),
    "bloom": lambda: transformers.BloomConfig(
        vocab_size=N_ROWS, hidden_size=32, n_layer=3, n_head=4, bos_token_id=BOS, eos_token_id=BOS
    ),
    "mamba": lambda: transformers.MambaConfig(
        vocab_size=N_ROWS, hidden_size=32, num_hidden_layers=3, state_size=4, bos_token_id=BOS, eos_token_id=BOS,
        pad_token_id=BOS,
    ),
    "lfm2": lambda: transformers.Lfm2Config(
        **_SIZES, layer_types=["conv", "full_attention", "conv"], block_multiple_of=8
    ),
}  # fmt: skip

ROWS_ONLY = {"bloom", "mamba", "lfm2"}
"""Architectures that mix neighbours in ways that no attention mask reaches, or that refuse such a mask."""


def tiny_tokenizer(
    *, chat: bool = False, merges: tuple[tuple[str, str], ...] = (), ending: bool = False
) -> transformers.PreTrainedTokenizerFast:
    """Return a byte-level tokenizer that opens a text with <s>; merges may join what they like, spaces are 'Ġ'."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocabulary = {"<s>": BOS, "</s>": 1} | {char: i + 2 for i, char in enumerate(alphabet)}
    for left, right in merges:
        vocabulary[left + right] = len(vocabulary)
    inner = tokenizers.Tokenizer(models.BPE(vocabulary, list(merges)))
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    inner.decoder = decoders.ByteLevel()
    inner.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>" if ending else "<s> $A", special_tokens=[("<s>", BOS), ("</s>", 1)]
    )
    tokenizer = transformers.PreTrainedTokenizerFast(tokenizer_object=inner, bos_token="<s>", eos_token="</s>")
    if chat:
        tokenizer.chat_template = CHAT_TEMPLATE
    return tokenizer


def tiny_network(name: str = "llama", *, seed: int = 0) -> transformers.PreTrainedModel:
    """Return a random network whose logits differ by several nats, so that a wrong mask cannot hide."""
    torch.manual_seed(seed)
    config = CONFIGS[name]()
    automatic = transformers.AutoModelForCausalLM
    network = automatic.from_config(config)
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.dim() == 2:
                parameter.normal_(std=0.3)
    return network.eval()


def adapter(name: str = "llama", network: transformers.PreTrainedModel | None = None, **tokenizer) -> TransformersModel:
    """Return the adapter around a random network, as it is before it has checked itself."""
    identity = ModelIdentity("tiny", "tiny", "none", "float32", "transformers", "5", "cpu")
    return TransformersModel(network or tiny_network(name), tiny_tokenizer(**tokenizer), identity)


def save_tiny(folder: Path, name: str = "llama", **tokenizer) -> Path:
    """Write a model folder with weights, configuration and tokenizer."""
    tiny_network(name).save_pretrained(folder)
    tiny_tokenizer(**tokenizer).save_pretrained(folder)
    return folder


def save_gguf(path: Path, *, seed: int = 0) -> Path:
    """Write a tiny llama model as a GGUF file, as llama.cpp names its parts."""
    import gguf

    rng = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(128)
    writer.add_embedding_length(32)
    writer.add_block_count(2)
    writer.add_feed_forward_length(64)
    writer.add_head_count(4)
    writer.add_head_count_kv(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    tokens = ["<s>", "</s>", *sorted(pre_tokenizers.ByteLevel.alphabet()), "th", "Ġa"]
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_types([3, 3] + [1] * (len(tokens) - 2))
    writer.add_token_merges(["t h", "Ġ a"])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(1)
    shapes = {"token_embd": (len(tokens), 32), "output": (len(tokens), 32)}
    for block in range(2):
        shapes |= {
            f"blk.{block}.attn_q": (32, 32),
            f"blk.{block}.attn_k": (16, 32),
            f"blk.{block}.attn_v": (16, 32),
            f"blk.{block}.attn_output": (32, 32),
            f"blk.{block}.ffn_gate": (64, 32),
            f"blk.{block}.ffn_up": (64, 32),
            f"blk.{block}.ffn_down": (32, 64),
            f"blk.{block}.attn_norm": (32,),
            f"blk.{block}.ffn_norm": (32,),
        }
    shapes["output_norm"] = (32,)
    for name, shape in shapes.items():
        values = rng.normal(1 if len(shape) == 1 else 0, 0.3, shape).astype(np.float32)
        writer.add_tensor(f"{name}.weight", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
