"""The data sets that verisearch knows, one module each."""

from __future__ import annotations

from verisearch.evaluation.datasets.base import Items, RowDataSet
from verisearch.evaluation.datasets.folio import Folio
from verisearch.evaluation.datasets.pararule import Pararule
from verisearch.evaluation.datasets.prontoqa import ProntoQA
from verisearch.evaluation.datasets.proofwriter import ProofWriter

__all__ = ["Folio", "Items", "Pararule", "ProntoQA", "ProofWriter", "RowDataSet"]
