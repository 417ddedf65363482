"""Language models that write: one protocol over transformers, vLLM, servers and recordings.

`open_policy` finds a policy by name, `sample` asks it. Importing this loads no model library.
"""

from __future__ import annotations

from verisearch.policies.checks import MAX_SEED, check_request, check_sampling
from verisearch.policies.opening import DEFAULT_POLICY, open_policy, split_spec
from verisearch.policies.sampling import sample
from verisearch.policies.seeds import derive_seed
from verisearch.policies.stops import first_stop

__all__ = [
    "DEFAULT_POLICY",
    "MAX_SEED",
    "check_request",
    "check_sampling",
    "derive_seed",
    "first_stop",
    "open_policy",
    "sample",
    "split_spec",
]
