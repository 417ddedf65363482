"""The data sets that verisearch knows, one module each."""

from __future__ import annotations

from verisearch.evaluation.datasets.base import Items, RowDataSet
from verisearch.evaluation.datasets.entailmentbank import EntailmentBank
from verisearch.evaluation.datasets.folio import Folio
from verisearch.evaluation.datasets.legalbench import LegalBench
from verisearch.evaluation.datasets.pararule import Pararule
from verisearch.evaluation.datasets.prontoqa import ProntoQA
from verisearch.evaluation.datasets.proofwriter import ProofWriter
from verisearch.evaluation.datasets.pubmedqa import PubMedQA
from verisearch.evaluation.datasets.sara import Sara

__all__ = [
    "EntailmentBank",
    "Folio",
    "Items",
    "LegalBench",
    "Pararule",
    "ProntoQA",
    "ProofWriter",
    "PubMedQA",
    "RowDataSet",
    "Sara",
]
