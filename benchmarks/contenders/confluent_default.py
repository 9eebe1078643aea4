"""confluent-kafka-python as its users write it: consume() in a loop, default settings, pandas.read_csv."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pandas as pd
from common import TYPES, arguments, finish
from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

bootstrap, topic, records = arguments()
consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "bench", "enable.auto.commit": False})
partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in partitions])

values: list[Any] = []
while len(values) < records:
    for message in consumer.consume(num_messages=500, timeout=1.0):
        if message.error():
            raise SystemExit(message.error())
        values.append(message.value())
consumer.close()

df = pd.read_csv(BytesIO(b"\n".join(values)), names=list(TYPES))
finish(df)
