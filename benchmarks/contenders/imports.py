"""Nothing but the imports every frame in Python costs, to set the other times against."""

import json
import time

import pandas as pd
import pyarrow as pa
from common import usage

done = time.clock_gettime(time.CLOCK_MONOTONIC)
print(json.dumps({"done": done, **usage(), "versions": {"pandas": pd.__version__, "pyarrow": pa.__version__}}))
