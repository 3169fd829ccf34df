"""Frozen language models behind one small protocol: one adapter a file, loaded only when asked for."""

from calibrant.models._capabilities import Capabilities
from calibrant.models._check import check_model
from calibrant.models._generation import AnsweringModel, AnswerPosition, Completion, FinishReason, GenerationRequest
from calibrant.models._load import load_model, need_scoring
from calibrant.models._option_answer import OptionAnswer
from calibrant.models._protocol import (
    HiddenRequest,
    LanguageModel,
    Message,
    ModelIdentity,
    PositionName,
    Prompt,
    Reading,
)
from calibrant.models._tally import ServerStatistics
from calibrant.models._tree import common_head, count_nodes
from calibrant.models.fake import FakeModel
from calibrant.models.openai import OpenAIModel
from calibrant.models.systemone import SystemOneModel

__all__ = [
    "AnswerPosition",
    "AnsweringModel",
    "Capabilities",
    "Completion",
    "FakeModel",
    "FinishReason",
    "GenerationRequest",
    "HiddenRequest",
    "LanguageModel",
    "Message",
    "ModelIdentity",
    "OpenAIModel",
    "OptionAnswer",
    "PositionName",
    "Prompt",
    "Reading",
    "ServerStatistics",
    "SystemOneModel",
    "check_model",
    "common_head",
    "count_nodes",
    "load_model",
    "need_scoring",
]
