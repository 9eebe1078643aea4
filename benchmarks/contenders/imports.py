"""Nothing but the imports every frame in Python costs, to set the other times against."""

import json
import resource
import time

import pandas as pd
import pyarrow as pa

print(
    json.dumps(
        {
            "done": time.clock_gettime(time.CLOCK_MONOTONIC),
            "peak_kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
            "versions": {"pandas": pd.__version__, "pyarrow": pa.__version__},
        }
    )
)
