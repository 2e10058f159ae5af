"""OpenDP's synthesisers on a table: `python opendp_mbi.py TABLE.npy ALGORITHM EPSILON`.

Runs where `opendp[mbi]` is installed (an environment of its own: it brings JAX), and prints
one JSON object: mean absolute error of one- and two-way margins, and CPU seconds. `fixed` is
private-pgm on all two-way margins; all run under pure ε, as ours does.
"""

from __future__ import annotations

import itertools
import json
import sys
import time
import warnings

import numpy as np
import opendp.prelude as dp
import polars as pl
from opendp.extras.mbi import AIM, MST, Count, Fixed

warnings.filterwarnings("ignore")
dp.enable_features("contrib")
path, name, epsilon = sys.argv[1], sys.argv[2], float(sys.argv[3])
truth = np.load(path)
columns = "abcdefgh"[: truth.ndim]
pairs = [Count(by=pair) for pair in itertools.combinations(columns, 2)]
algorithm = {
    "fixed": lambda: Fixed(queries=pairs, oneway="unkeyed"),
    "mst": MST,
    "aim": lambda: AIM(queries=2),
}[name]()
rows = np.repeat(np.argwhere(truth > 0), truth[truth > 0], axis=0)
frame = pl.DataFrame({c: rows[:, i].astype(int) for i, c in enumerate(columns)})
begin = time.process_time()
context = dp.Context.compositor(
    data=frame.lazy(),
    privacy_unit=dp.unit_of(contributions=1),
    privacy_loss=dp.loss_of(epsilon=epsilon),
)
keys = {c: list(range(size)) for c, size in zip(columns, truth.shape, strict=True)}
released = (
    context.query(epsilon=epsilon)
    .select(*columns)
    .contingency_table(keys=keys, algorithm=algorithm)
    .release()
)
errors = []
for size in (1, 2):
    found = []
    for axes in itertools.combinations(range(truth.ndim), size):
        margin = truth.sum(axis=tuple(i for i in range(truth.ndim) if i not in axes))
        shown = np.asarray(released.project(tuple(columns[i] for i in axes)))
        found.append(np.abs(shown[tuple(slice(0, n) for n in margin.shape)] - margin).mean())
    errors.append(float(np.mean(found)))
print(json.dumps({"one": errors[0], "two": errors[1], "seconds": time.process_time() - begin}))
