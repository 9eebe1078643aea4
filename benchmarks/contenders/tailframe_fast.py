"""tailframe at its fastest: types declared, batches as they come."""

import tailframe
from common import TYPES, arguments, finish

bootstrap, topic, records = arguments()
df = tailframe.tail(topic, last=records, format="csv", columns=TYPES, order=None, bootstrap_servers=bootstrap)
finish(df)
