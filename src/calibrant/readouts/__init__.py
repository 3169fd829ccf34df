"""Question x model → what the model said, kept on disk: option likelihoods by letter or by text, hidden states."""

from calibrant.readouts._choose import ReadoutChoice, choose_readout
from calibrant.readouts._read import RequestedReadout, read
from calibrant.readouts._store import Readouts, is_readouts, load_readouts
from calibrant.readouts._template import DEFAULT_TEMPLATE, PromptTemplate

__all__ = [
    "DEFAULT_TEMPLATE",
    "PromptTemplate",
    "ReadoutChoice",
    "Readouts",
    "RequestedReadout",
    "choose_readout",
    "is_readouts",
    "load_readouts",
    "read",
]
