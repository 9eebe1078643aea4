"""tailframe as a user calls it: types found in the records, rows in the order of time."""

import tailframe
from common import TYPES, arguments, finish

bootstrap, topic, records = arguments()
df = tailframe.tail(topic, last=records, columns=list(TYPES), bootstrap_servers=bootstrap)
finish(df)
