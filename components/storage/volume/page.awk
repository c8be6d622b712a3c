# The metrics page: reads the configuration, the inventory, what was measured and the state, all NAME=value.

{ at = index($0, "="); if (at > 1) value[substr($0, 1, at - 1)] = substr($0, at + 1) }

function metric(name, type, help) {
  print "# HELP " name " " help
  print "# TYPE " name " " type
}

function sample(name, number) { printf "%s %.0f\n", name, number }

function gauge(name, help, number) {
  metric(name, "gauge", help)
  sample(name, number)
}

function total(name, help, number) {
  metric(name, "counter", help)
  sample(name, number)
}

END {
  metric("tempo_volume_bytes", "gauge", "Bytes that Tempo's directory holds, by part.")
  sample("tempo_volume_bytes{part=\"blocks\"}", value["live"])
  sample("tempo_volume_bytes{part=\"compacted\"}", value["compacted"])
  sample("tempo_volume_bytes{part=\"unfinished\"}", value["unfinished"])
  sample("tempo_volume_bytes{part=\"ingester\"}", value["ingester"])
  sample("tempo_volume_bytes{part=\"wal\"}", value["wal"] - value["ingester"])
  sample("tempo_volume_bytes{part=\"generator\"}", value["generator"])
  sample("tempo_volume_bytes{part=\"other\"}", value["used"] - value["live"] - value["compacted"] - value["unfinished"] - value["wal"] - value["generator"])
  gauge("tempo_volume_used_bytes", "Bytes that Tempo's directory holds.", value["used"])
  gauge("tempo_volume_limit_bytes", "Bytes that it may hold: the claim, or what it holds and the disk has left, if that is less.", value["limit"])
  gauge("tempo_volume_claim_bytes", "Size of the claim.", value["CLAIM"])
  gauge("tempo_volume_excess_bytes", "Bytes that retention would have to free for the low mark; 0 below the high one.", value["excess"])
  gauge("tempo_volume_filesystem_size_bytes", "Size of the file system.", value["fs_size"])
  gauge("tempo_volume_filesystem_avail_bytes", "Bytes of the file system that Tempo can still take.", value["fs_avail"])
  gauge("tempo_volume_inodes", "Inodes of the file system; 0 where it has no fixed number.", value["inodes"])
  gauge("tempo_volume_inodes_free", "Free inodes of the file system.", value["inodes_free"])
  metric("tempo_volume_blocks", "gauge", "Blocks of the backend, by state.")
  sample("tempo_volume_blocks{state=\"live\"}", value["live_blocks"])
  sample("tempo_volume_blocks{state=\"compacted\"}", value["compacted_blocks"])
  sample("tempo_volume_blocks{state=\"unfinished\"}", value["unfinished_blocks"])
  gauge("tempo_volume_traces", "Traces in live blocks; one that lies in two counts twice.", value["traces"])
  if (value["oldest"] > 0) gauge("tempo_volume_oldest_block_timestamp_seconds", "End of the oldest live block.", value["oldest"])
  gauge("tempo_retention_configured_seconds", "Retention of the settings.", value["RETENTION"])
  gauge("tempo_retention_effective_seconds", "Retention in force.", value["retention"])
  gauge("tempo_retention_floor_seconds", "Shortest retention that a full volume leads to.", value["FLOOR"])
  gauge("tempo_retention_fitting_seconds", "Retention that would leave the volume at the low mark, not below the floor.", value["fitting"])
  metric("tempo_retention_steps_total", "counter", "Changes of the retention in force.")
  sample("tempo_retention_steps_total{direction=\"shorter\"}", value["shorter"])
  sample("tempo_retention_steps_total{direction=\"longer\"}", value["longer"])
  gauge("tempo_compaction_paused", "1 while compaction waits for room.", value["paused"])
  gauge("tempo_ingestion_limited", "For want of room: 0 not, 1 to less than the configured rate, 2 refused altogether.", value["level"])
  gauge("tempo_ingestion_rate_bytes", "Ingestion rate in force, in bytes per second.", value["rate"])
  total("tempo_ingestion_limitations_total", "Times that ingestion was limited further for want of room.", value["limitations"])
  gauge("tempo_wal_broken", "1 when Tempo's WAL cannot be written until it is restarted.", value["broken"])
  total("tempo_guard_restarts_total", "Times that Tempo was restarted for its WAL.", value["restarts"])
  gauge("tempo_guard_measured_timestamp_seconds", "Time of this measurement.", value["now"])
}
