package broker

// Reasons and hints shared by several properties.
const (
	whyNoGroup   = "no consumer group is used"
	whyNoCommit  = "nothing is committed"
	whyCallback  = "it is a function or a handle inside the program and has no text form"
	whyFixed     = "its value is fixed"
	whyKerberos  = "Kerberos (GSSAPI) is not built into the binary"
	whyOAuth     = "OAUTHBEARER is not offered"
	whyRunsShell = "it becomes part of a shell command"
	whyLoadsCode = "it loads code into the process"
	whyReads     = "it makes the process read a file and send it elsewhere"
	whyCallsOut  = "it makes the process call an address of its own"
	whyWrites    = "it makes the process write files"
	whyTestHook  = "it is a hook for librdkafka's own tests"

	hintLeaveOut  = "leave it out"
	hintSASL      = "use PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512 as sasl.mechanism"
	hintBootstrap = "give the servers as bootstrap_servers (Python) or --bootstrap-servers (command line)"
	hintIsolation = "give it as isolation (Python) or --isolation (command line)"
	hintWindow    = "say which records to read with last (Python) or --last (command line)"
	hintPartition = "give it as --partitioner of tailframe produce"
)

func passed(name string, role Role) Property { return Property{Name: name, Class: Passed, Role: role} }

func secret(name string) Property {
	return Property{Name: name, Class: Passed, Role: both, Secret: true}
}

func remark(p Property, why string) Property { p.Why = why; return p }

func alias(name, of string, p Property) Property {
	p.Name, p.AliasOf = name, of
	return p
}

func ours(name string, role Role, why, hint string) Property {
	return Property{Name: name, Class: Ours, Role: role, Why: why, Hint: hint}
}

func hidden(p Property) Property { p.Secret = true; return p }

func dangerous(name, why, hint string, safe ...string) Property {
	return Property{Name: name, Class: Dangerous, Role: both, Why: why, Hint: hint, Safe: safe}
}

// propertyTable has every property of the linked librdkafka once, in the order
// of its own documentation; a test compares the two.
var propertyTable = []Property{
	// Connection
	ours("builtin.features", both, "it tells what librdkafka was built with", "see tailframe version"),
	passed("client.id", both),
	ours("client.software.name", both, whyFixed, hintLeaveOut),
	ours("client.software.version", both, whyFixed, hintLeaveOut),
	ours("metadata.broker.list", both, "the servers have an argument of their own", hintBootstrap),
	alias("bootstrap.servers", "metadata.broker.list", ours("", both, "the servers have an argument of their own", hintBootstrap)),
	passed("message.max.bytes", both),
	passed("message.copy.max.bytes", both),
	remark(passed("receive.message.max.bytes", both), "at least fetch.max.bytes + 512; also the limit of an unpacked zstd batch"),
	passed("max.in.flight.requests.per.connection", both),
	alias("max.in.flight", "max.in.flight.requests.per.connection", passed("", both)),
	passed("metadata.recovery.strategy", both),
	passed("metadata.recovery.rebootstrap.trigger.ms", both),
	ours("metadata.request.timeout.ms", both, "it is internal to librdkafka", hintLeaveOut),
	passed("topic.metadata.refresh.interval.ms", both),
	passed("metadata.max.age.ms", both),
	passed("topic.metadata.refresh.fast.interval.ms", both),
	passed("topic.metadata.refresh.fast.cnt", both),
	passed("topic.metadata.refresh.sparse", both),
	passed("topic.metadata.propagation.max.ms", both),
	passed("topic.blacklist", both),
	remark(passed("debug", both), "the lines come at log level debug, with secrets taken out"),
	passed("socket.timeout.ms", both),
	passed("socket.blocking.max.ms", both),
	passed("socket.send.buffer.bytes", both),
	passed("socket.receive.buffer.bytes", both),
	passed("socket.keepalive.enable", both),
	passed("socket.nagle.disable", both),
	passed("socket.max.fails", both),
	passed("broker.address.ttl", both),
	passed("broker.address.family", both),
	passed("socket.connection.setup.timeout.ms", both),
	passed("connections.max.idle.ms", both),
	ours("enable.sparse.connections", both, whyFixed, hintLeaveOut),
	passed("reconnect.backoff.jitter.ms", both),
	passed("reconnect.backoff.ms", both),
	passed("reconnect.backoff.max.ms", both),
	passed("client.dns.lookup", both),
	passed("enable.metrics.push", both),
	passed("api.version.request", both),
	passed("api.version.request.timeout.ms", both),
	passed("api.version.fallback.ms", both),
	passed("broker.version.fallback", both),
	ours("allow.auto.create.topics", both, "tailframe never creates a topic", hintLeaveOut),
	passed("retry.backoff.ms", both),
	passed("retry.backoff.max.ms", both),

	// Logs, statistics, inside of the program
	ours("statistics.interval.ms", both, "librdkafka's statistics are not read", hintLeaveOut),
	ours("enabled_events", both, "the program chooses the events it serves", hintLeaveOut),
	ours("log_level", both, "the log has an argument of its own", "give it as log_level (Python) or --log-level (command line)"),
	ours("log.queue", both, "every log line goes through the redactor", hintLeaveOut),
	passed("log.thread.name", both),
	passed("log.connection.close", both),
	ours("enable.random.seed", both, whyFixed, hintLeaveOut),
	ours("internal.termination.signal", both, "signals belong to the program", hintLeaveOut),
	ours("error_cb", both, whyCallback, hintLeaveOut),
	ours("throttle_cb", both, whyCallback, hintLeaveOut),
	ours("stats_cb", both, whyCallback, hintLeaveOut),
	ours("log_cb", both, whyCallback, hintLeaveOut),
	ours("background_event_cb", both, whyCallback, hintLeaveOut),
	ours("socket_cb", both, whyCallback, hintLeaveOut),
	ours("connect_cb", both, whyCallback, hintLeaveOut),
	ours("closesocket_cb", both, whyCallback, hintLeaveOut),
	ours("open_cb", both, whyCallback, hintLeaveOut),
	ours("resolve_cb", both, whyCallback, hintLeaveOut),
	ours("opaque", both, whyCallback, hintLeaveOut),
	ours("default_topic_conf", both, whyCallback, hintLeaveOut),
	ours("interceptors", both, whyCallback, hintLeaveOut),
	dangerous("plugin.library.paths", whyLoadsCode, hintLeaveOut),
	dangerous("test.mock.num.brokers", whyTestHook, "for a broker without a cluster, see tailframe sandbox"),
	dangerous("test.mock.broker.rtt", whyTestHook, hintLeaveOut),

	// TLS
	passed("security.protocol", both),
	remark(passed("ssl.cipher.suites", both), "suites without encryption or authentication are refused"),
	passed("ssl.curves.list", both),
	passed("ssl.sigalgs.list", both),
	remark(passed("ssl.key.location", both), "a PEM file"),
	secret("ssl.key.password"),
	secret("ssl.key.pem"),
	hidden(ours("ssl_key", both, whyCallback, "use ssl.key.location or ssl.key.pem")),
	remark(passed("ssl.certificate.location", both), "a PEM file"),
	passed("ssl.certificate.pem", both),
	ours("ssl_certificate", both, whyCallback, "use ssl.certificate.location or ssl.certificate.pem"),
	remark(passed("ssl.ca.location", both), "a PEM file or a folder; without it, the system's store"),
	passed("ssl.ca.pem", both),
	ours("ssl_ca", both, whyCallback, "use ssl.ca.location or ssl.ca.pem"),
	remark(passed("ssl.ca.certificate.stores", both), "Windows only"),
	passed("ssl.crl.location", both),
	remark(passed("ssl.keystore.location", both), "a PKCS#12 file"),
	secret("ssl.keystore.password"),
	dangerous("ssl.providers", whyLoadsCode, hintLeaveOut),
	dangerous("ssl.engine.location", whyLoadsCode, hintLeaveOut),
	dangerous("ssl.engine.id", whyLoadsCode, hintLeaveOut),
	ours("ssl_engine_callback_data", both, whyCallback, hintLeaveOut),
	dangerous("enable.ssl.certificate.verification", "without it anyone on the way can pose as the broker and take the password",
		"give the CA that signed the broker's certificate as ssl.ca.location", "true", "t", "1"),
	dangerous("ssl.endpoint.identification.algorithm", "without it the owner of any certificate of that CA can pose as the broker",
		"connect to a name that stands in the broker's certificate", "https"),
	ours("ssl.certificate.verify_cb", both, whyCallback, hintLeaveOut),
	dangerous("https.ca.location", whyReads, hintSASL),
	ours("https.ca.pem", both, whyOAuth, hintSASL),

	// SASL
	remark(passed("sasl.mechanisms", both), "PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512"),
	alias("sasl.mechanism", "sasl.mechanisms", passed("", both)),
	passed("sasl.username", both),
	secret("sasl.password"),
	ours("sasl.kerberos.service.name", both, whyKerberos, hintSASL),
	dangerous("sasl.kerberos.principal", whyRunsShell, hintSASL),
	dangerous("sasl.kerberos.kinit.cmd", "it is run as a shell command", hintSASL),
	dangerous("sasl.kerberos.keytab", whyRunsShell, hintSASL),
	ours("sasl.kerberos.min.time.before.relogin", both, whyKerberos, hintSASL),
	hidden(ours("sasl.oauthbearer.config", both, whyOAuth, hintSASL)),
	dangerous("enable.sasl.oauthbearer.unsecure.jwt", "it signs in with tokens that anyone can forge", hintSASL, "false", "f", "0"),
	ours("oauthbearer_token_refresh_cb", both, whyCallback, hintLeaveOut),
	ours("enable_sasl_queue", both, "it is internal to librdkafka", hintLeaveOut),
	dangerous("sasl.oauthbearer.method", whyCallsOut, hintSASL, "default"),
	ours("sasl.oauthbearer.client.id", both, whyOAuth, hintSASL),
	alias("sasl.oauthbearer.client.credentials.client.id", "sasl.oauthbearer.client.id", ours("", both, whyOAuth, hintSASL)),
	alias("sasl.oauthbearer.client.credentials.client.secret", "sasl.oauthbearer.client.secret", hidden(ours("", both, whyOAuth, hintSASL))),
	hidden(ours("sasl.oauthbearer.client.secret", both, whyOAuth, hintSASL)),
	ours("sasl.oauthbearer.scope", both, whyOAuth, hintSASL),
	ours("sasl.oauthbearer.extensions", both, whyOAuth, hintSASL),
	dangerous("sasl.oauthbearer.token.endpoint.url", whyCallsOut, hintSASL),
	ours("sasl.oauthbearer.sub.claim.name", both, whyOAuth, hintSASL),
	ours("sasl.oauthbearer.grant.type", both, whyOAuth, hintSASL),
	ours("sasl.oauthbearer.assertion.algorithm", both, whyOAuth, hintSASL),
	dangerous("sasl.oauthbearer.assertion.private.key.file", whyReads, hintSASL),
	hidden(ours("sasl.oauthbearer.assertion.private.key.passphrase", both, whyOAuth, hintSASL)),
	hidden(ours("sasl.oauthbearer.assertion.private.key.pem", both, whyOAuth, hintSASL)),
	dangerous("sasl.oauthbearer.assertion.file", whyReads, hintSASL),
	ours("sasl.oauthbearer.assertion.claim.aud", both, whyOAuth, hintSASL),
	ours("sasl.oauthbearer.assertion.claim.exp.seconds", both, whyOAuth, hintSASL),
	ours("sasl.oauthbearer.assertion.claim.iss", both, whyOAuth, hintSASL),
	ours("sasl.oauthbearer.assertion.claim.jti.include", both, whyOAuth, hintSASL),
	ours("sasl.oauthbearer.assertion.claim.nbf.seconds", both, whyOAuth, hintSASL),
	ours("sasl.oauthbearer.assertion.claim.sub", both, whyOAuth, hintSASL),
	dangerous("sasl.oauthbearer.assertion.jwt.template.file", whyReads, hintSASL),
	dangerous("sasl.oauthbearer.metadata.authentication.type", whyCallsOut, hintSASL, "none"),

	// Groups and commits
	ours("group.id", Consumer, whyNoGroup, hintLeaveOut),
	ours("group.instance.id", Consumer, whyNoGroup, hintLeaveOut),
	ours("partition.assignment.strategy", Consumer, whyNoGroup, hintLeaveOut),
	ours("session.timeout.ms", Consumer, whyNoGroup, hintLeaveOut),
	ours("heartbeat.interval.ms", Consumer, whyNoGroup, hintLeaveOut),
	ours("group.protocol.type", Consumer, whyNoGroup, hintLeaveOut),
	ours("group.protocol", Consumer, whyNoGroup, hintLeaveOut),
	ours("group.remote.assignor", Consumer, whyNoGroup, hintLeaveOut),
	ours("coordinator.query.interval.ms", Consumer, whyNoGroup, hintLeaveOut),
	ours("max.poll.interval.ms", Consumer, whyNoGroup, hintLeaveOut),
	ours("max.poll.records", Consumer, "share groups are not used", hintLeaveOut),
	ours("share.acknowledgement.mode", Consumer, "share groups are not used", hintLeaveOut),
	ours("enable.auto.commit", Consumer, whyNoCommit, hintLeaveOut),
	ours("auto.commit.enable", Consumer, whyNoCommit, hintLeaveOut),
	ours("auto.commit.interval.ms", Consumer, whyNoCommit, hintLeaveOut),
	ours("enable.auto.offset.store", Consumer, whyNoCommit, hintLeaveOut),
	dangerous("offset.store.method", whyWrites, hintLeaveOut, "broker", "none"),
	dangerous("offset.store.path", whyWrites, hintLeaveOut),
	ours("offset.store.sync.interval.ms", Consumer, whyNoCommit, hintLeaveOut),
	ours("auto.offset.reset", Consumer, "the window decides where to read", hintWindow),
	ours("enable.partition.eof", Consumer, whyFixed, hintLeaveOut),
	ours("isolation.level", Consumer, "it has an argument of its own", hintIsolation),
	ours("consume_cb", Consumer, whyCallback, hintLeaveOut),
	ours("rebalance_cb", Consumer, whyCallback, hintLeaveOut),
	ours("offset_commit_cb", Consumer, whyCallback, hintLeaveOut),
	ours("consume.callback.max.messages", Consumer, "records are read in batches, not by callbacks", hintLeaveOut),

	// Fetching
	passed("queued.min.messages", Consumer),
	remark(passed("queued.max.messages.kbytes", Consumer), "counts for every partition by itself"),
	remark(passed("fetch.wait.max.ms", Consumer), "the end of a quiet partition shows this much later"),
	passed("fetch.queue.backoff.ms", Consumer),
	passed("fetch.message.max.bytes", Consumer),
	alias("max.partition.fetch.bytes", "fetch.message.max.bytes", passed("", Consumer)),
	passed("fetch.max.bytes", Consumer),
	passed("fetch.min.bytes", Consumer),
	passed("fetch.error.backoff.ms", Consumer),
	passed("check.crcs", Consumer),
	passed("client.rack", both),

	// Producing
	ours("transactional.id", Producer, "no transactions are used", hintLeaveOut),
	ours("transaction.timeout.ms", Producer, "no transactions are used", hintLeaveOut),
	ours("enable.idempotence", Producer, "producing is always idempotent", hintLeaveOut),
	ours("enable.gapless.guarantee", Producer, "every record is counted as delivered or not", hintLeaveOut),
	passed("queue.buffering.max.messages", Producer),
	passed("queue.buffering.max.kbytes", Producer),
	passed("queue.buffering.max.ms", Producer),
	alias("linger.ms", "queue.buffering.max.ms", passed("", Producer)),
	passed("message.send.max.retries", Producer),
	alias("retries", "message.send.max.retries", passed("", Producer)),
	passed("queue.buffering.backpressure.threshold", Producer),
	passed("compression.codec", Producer),
	alias("compression.type", "compression.codec", passed("", Producer)),
	passed("compression.level", Producer),
	passed("batch.num.messages", Producer),
	passed("batch.size", Producer),
	ours("delivery.report.only.error", Producer, "every record is counted as delivered or not", hintLeaveOut),
	ours("dr_cb", Producer, whyCallback, hintLeaveOut),
	ours("dr_msg_cb", Producer, whyCallback, hintLeaveOut),
	passed("sticky.partitioning.linger.ms", Producer),
	ours("request.required.acks", Producer, "a record counts when all replicas in sync have it", hintLeaveOut),
	alias("acks", "request.required.acks", ours("", Producer, "a record counts when all replicas in sync have it", hintLeaveOut)),
	{Name: "request.timeout.ms", Class: Passed, Role: Producer, Hint: "when reading, socket.timeout.ms bounds a request"},
	passed("message.timeout.ms", Producer),
	alias("delivery.timeout.ms", "message.timeout.ms", passed("", Producer)),
	ours("queuing.strategy", Producer, "records keep their order", hintLeaveOut),
	ours("produce.offset.report", Producer, whyFixed, hintLeaveOut),
	ours("partitioner", Producer, "it has an argument of its own", hintPartition),
	ours("partitioner_cb", Producer, whyCallback, hintLeaveOut),
	ours("msg_order_cmp", Producer, whyCallback, hintLeaveOut),
}
