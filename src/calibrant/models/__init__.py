"""Frozen language models behind one small protocol: one adapter a file, loaded only when asked for."""

from calibrant.models._check import check_model
from calibrant.models._load import load_model
from calibrant.models._protocol import (
    HiddenRequest,
    LanguageModel,
    Message,
    ModelIdentity,
    PositionName,
    Prompt,
    Reading,
)
from calibrant.models._tree import common_head, count_nodes
from calibrant.models.fake import FakeModel

__all__ = [
    "FakeModel",
    "HiddenRequest",
    "LanguageModel",
    "Message",
    "ModelIdentity",
    "PositionName",
    "Prompt",
    "Reading",
    "check_model",
    "common_head",
    "count_nodes",
    "load_model",
]
