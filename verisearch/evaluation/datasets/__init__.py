"""The data sets that verisearch knows, one module each."""

from __future__ import annotations

from verisearch.evaluation.datasets.base import Items, RowDataSet
from verisearch.evaluation.datasets.choices import AQuA, MathQA
from verisearch.evaluation.datasets.competition import MATH
from verisearch.evaluation.datasets.entailmentbank import EntailmentBank
from verisearch.evaluation.datasets.equations import SVAMP, AddSub, MultiArith, SingleEq
from verisearch.evaluation.datasets.folio import Folio
from verisearch.evaluation.datasets.gsm8k import GSM8K, GSMHard, GSMPlus
from verisearch.evaluation.datasets.injected import PerturbedMath, PRMBench
from verisearch.evaluation.datasets.legalbench import LegalBench
from verisearch.evaluation.datasets.pararule import Pararule
from verisearch.evaluation.datasets.prontoqa import ProntoQA
from verisearch.evaluation.datasets.proofwriter import ProofWriter
from verisearch.evaluation.datasets.pubmedqa import PubMedQA
from verisearch.evaluation.datasets.sara import Sara
from verisearch.evaluation.datasets.steplabels import MRGSM8K, MRMATH, BigBenchMistake, MathCheck, MRBen, ProcessBench

__all__ = [
    "GSM8K",
    "MATH",
    "MRGSM8K",
    "MRMATH",
    "SVAMP",
    "AQuA",
    "AddSub",
    "BigBenchMistake",
    "EntailmentBank",
    "Folio",
    "GSMHard",
    "GSMPlus",
    "Items",
    "LegalBench",
    "MRBen",
    "MathCheck",
    "MathQA",
    "MultiArith",
    "PRMBench",
    "Pararule",
    "PerturbedMath",
    "ProcessBench",
    "ProntoQA",
    "ProofWriter",
    "PubMedQA",
    "RowDataSet",
    "Sara",
    "SingleEq",
]
