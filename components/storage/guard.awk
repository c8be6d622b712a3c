# Reads the configuration and the last state (NAME=value) and the output of `du -k -d 3`, decides, and writes
# the metrics page (-v page), the next state (-v after) and a log line for each change (standard output).
#
# Portable awk: busybox, mawk and gawk. No %d, which some of them cut to 32 bits.

BEGIN {
  split(fs, f, " ")
  fs_size = f[1] * f[2]
  fs_avail = f[1] * f[4]
  inodes = f[5]
  inodes_free = f[6]
}

FILENAME == ARGV[1] || FILENAME == ARGV[2] {
  at = index($0, "=")
  if (at > 1) set(substr($0, 1, at - 1), substr($0, at + 1))
  next
}

# Without the conversion numbers would be compared as texts.
function set(name, text) {
  value[name] = text ~ /^[0-9]+(\.[0-9]+)?$/ ? text + 0 : text
}

# du: kilobytes, a tab, the path.
{
  path = $0
  sub(/^[0-9]+[ \t]+/, "", path)
  bytes = $1 * 1024
  if (path == value["DATA"]) { used = bytes; next }
  path = substr(path, length(value["DATA"]) + 2)
  depth = split(path, step, "/")
  if (depth == 1 && step[1] == "wal") wal = bytes
  if (depth == 1 && step[1] == "generator") generator = bytes
  if (path == "wal/blocks") ingester = bytes
  if (depth == 3 && step[1] == "blocks") block(path, bytes)
}

# A block is live, or compacted (deleted soon), or has no meta: it is being written, or was left by a write that failed.
function block(path, bytes,   dir, meta, age) {
  dir = value["DATA"] "/" path
  meta = text_of(dir "/meta.json")
  if (meta == "") {
    if (text_of(dir "/meta.compacted.json") != "") { count["compacted"]++; compacted += bytes }
    else { count["unfinished"]++; unfinished += bytes }
    return
  }
  count["live"]++
  live += bytes
  traces += number_of(meta, "totalObjects")
  end = epoch(text_value(meta, "endTime"))
  if (end == 0) return
  if (oldest == 0 || end < oldest) oldest = end
  # Older than the configured retention is one thing, however old.
  age = int((now - end) / 60)
  if (age > value["RETENTION"] / 60) age = int(value["RETENTION"] / 60) + 1
  by_age[age] += bytes
  if (age > oldest_age) oldest_age = age
}

function text_of(file,   line, text) {
  text = ""
  while ((getline line < file) > 0) text = text line
  close(file)
  return text
}

function number_of(meta, key) {
  if (!match(meta, "\"" key "\": *[0-9]+")) return 0
  meta = substr(meta, RSTART, RLENGTH)
  sub(/.*: */, "", meta)
  return meta + 0
}

function text_value(meta, key) {
  if (!match(meta, "\"" key "\": *\"[^\"]*\"")) return ""
  meta = substr(meta, RSTART, RLENGTH)
  sub(/^"[^"]*": *"/, "", meta)
  sub(/"$/, "", meta)
  return meta
}

# Seconds since 1970 of an RFC 3339 time; 0 when it is none. Not every awk has mktime.
function epoch(text,   y, m, d, days, zone, sign) {
  if (text !~ /^[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T/) return 0
  y = substr(text, 1, 4) + 0
  m = substr(text, 6, 2) + 0
  d = substr(text, 9, 2) + 0
  if (m <= 2) { y--; m += 12 }
  days = 365 * y + int(y / 4) - int(y / 100) + int(y / 400) + int((153 * (m - 3) + 2) / 5) + d - 1 - 719468
  zone = 0
  if (text ~ /[+-][0-9][0-9]:[0-9][0-9]$/) {
    sign = substr(text, length(text) - 5, 1) == "-" ? -1 : 1
    zone = sign * (substr(text, length(text) - 4, 2) * 3600 + substr(text, length(text) - 1, 2) * 60)
  }
  return days * 86400 + substr(text, 12, 2) * 3600 + substr(text, 15, 2) * 60 + substr(text, 18, 2) - zone
}

function say(message) { print "ts=" ts " level=" message }

function figure(number) { return sprintf("%.0f", number) }

function share(part, whole) { return whole > 0 ? part / whole : 0 }

END {
  if (used == 0) exit 1
  configured = value["RETENTION"]
  floor = value["FLOOR"]
  retention = value["retention"] == "" ? configured : value["retention"]
  if (retention > configured) retention = configured
  level = value["level"] + 0
  paused = value["paused"] + 0
  shorter = value["shorter"] + 0
  longer = value["longer"] + 0
  limitations = value["limitations"] + 0
  stepped = value["stepped"] + 0

  # What Tempo can have: the claim, or, where the disk has less left, what it holds and what is still free.
  limit = used + fs_avail
  if (value["CLAIM"] < limit) limit = value["CLAIM"]
  use = share(used, limit)

  rate = value["RATE"]
  burst = value["BURST"]
  broken = value["broken"] + 0
  restarts = value["restarts"] + 0
  restarted = value["restarted"] + 0
  if (value["SIZE_AWARE"] == 1) decide()
  write_page()
  write_state()
}

function decide(   kept, need, freed, minute, before) {
  # Beyond the retention in force, but not yet deleted.
  for (minute = int(retention / 60) + 1; minute <= oldest_age; minute++) doomed += by_age[minute]
  kept = used - compacted - doomed
  before = retention

  if (use >= value["HIGH"] / 1000) {
    need = kept - limit * value["LOW"] / 1000
    if (need > 0) {
      for (minute = int(retention / 60); minute * 60 >= floor; minute--) {
        freed += by_age[minute]
        if (freed >= need) break
      }
      retention = minute * 60
      if (retention < floor) retention = floor
      # With nothing beyond the floor a step would be a message without a deed.
      if (retention > before || freed == 0) retention = before
    }
    if (retention < before) {
      shorter++
      stepped = now
      say("warn msg=\"retention shortened\" from=" before "s to=" retention "s used=" figure(used) " limit=" figure(limit) " frees=" figure(freed))
    }
  } else if (use < value["LOW"] / 1000 && retention < configured && now - stepped >= value["STEP_BACK_EVERY"]) {
    retention += int(retention / 10 / 60 + 1) * 60
    if (retention > configured) retention = configured
    longer++
    stepped = now
    say("info msg=\"retention given back\" from=" before "s to=" retention "s used=" figure(used) " limit=" figure(limit))
  }

  # A compaction holds its inputs until they are deleted.
  before = paused
  if (use >= value["PAUSE"] / 1000) paused = 1
  else if (use < value["HIGH"] / 1000) paused = 0
  if (paused != before) say("info msg=\"compaction " (paused ? "paused" : "resumed") "\" used=" figure(used) " limit=" figure(limit))

  watch_wal()
  limit_ingestion()
}

# One failed write of the WAL is the end of it: Tempo 2.10.1 writes to the same broken file for ever, answers 200
# and keeps nothing, with any amount of room (seen), until it is restarted. A failed write is likely when next to
# nothing is free, and certain when spans arrive and nothing is written. It is broken until there is another process.
function watch_wal() {
  stale = !wal_written && received != "" && value["received"] != "" && received + 0 > value["received"] + 0
  # Arrivals a moment ago may not be written yet, so one measurement is no proof, nor is the next without arrivals.
  silent = wal_written || received == "" ? 0 : value["silent"] + (stale || value["silent"] > 0)
  # Whose WAL it is.
  owner = broken ? value["pid"] : pid
  if (broken && pid != "" && pid != owner) {
    broken = 0
    silent = 0
    owner = pid
    say("info msg=\"another process writes the WAL\" pid=" pid)
  }
  if (!broken && (fs_avail < 1048576 || (inodes > 0 && inodes_free < 64) || silent >= 3)) {
    broken = 1
    say("error msg=\"the WAL cannot be written, Tempo loses what it takes\" avail=" figure(fs_avail) " inodes_free=" figure(inodes_free) " silent=" silent)
  }
}

# The rate falls with the room that is left, by halves: what arrives until the next measurement reaches Tempo must fit.
# Full, or short of inodes, the volume takes nothing.
function limit_ingestion(   before, before_level, room, short, full) {
  before = value["rate"] == "" ? value["RATE"] : value["rate"]
  before_level = level
  room = limit * value["REFUSE"] / 1000 - used
  rate = rate_for(room)
  # Raised only where it would stay: without this it would go to and fro.
  if (rate > before) {
    rate = rate_for(room * 0.8)
    if (rate < before) rate = before
  }
  if (rate > value["FALLBACK_RATE"] && over("THROTTLE", level >= 1)) rate = value["FALLBACK_RATE"]
  burst = value["BURST"]
  while (burst / 2 >= value["LEAST_BURST"] && burst * value["PER_BURST"] > room) burst /= 2
  level = rate < value["RATE"] ? 1 : 0
  # The mark is a share; where others have filled the disk it is too little for the work in hand.
  short = limit - used < value["RESERVE"] * (before_level == 2 ? 1.25 : 1)
  full = over("REFUSE", before_level == 2) || short || (inodes > 0 && inodes_free < inodes * 0.02)
  # Begun again only where there is room, and only after senders have been refused for a while.
  restart = broken && !full && pid != "" && before_level == 2 && now - restarted >= 120
  if (restart) {
    restarts++
    restarted = now
    say("error msg=\"Tempo is restarted\" pid=" pid)
  }
  if (full || broken) {
    level = 2
    rate = 1
    burst = 1
  }
  if (level > before_level) limitations++
  if (rate != before) {
    say((level > 0 ? "warn" : "info") " msg=\"ingestion " (level == 2 ? "refused" : level == 1 ? "limited" : "free") "\" rate=" figure(rate) " used=" figure(used) " limit=" figure(limit) " inodes_free=" figure(inodes_free))
  }
}

function rate_for(room,   allowed) {
  allowed = value["RATE"]
  while (allowed > value["FALLBACK_RATE"] && allowed * value["PER_RATE"] > room) allowed /= 2
  if (allowed < value["FALLBACK_RATE"]) allowed = value["FALLBACK_RATE"]
  return allowed
}

function over(mark, entered) {
  return use >= (value[mark] - (entered ? value["SLACK"] : 0)) / 1000
}

function write_state() {
  print "retention=" figure(retention) > after
  print "level=" level > after
  print "paused=" paused > after
  print "shorter=" shorter > after
  print "longer=" longer > after
  print "limitations=" limitations > after
  print "stepped=" figure(stepped) > after
  print "broken=" broken > after
  print "silent=" silent + 0 > after
  print "received=" (received == "" ? value["received"] : received) > after
  print "pid=" owner > after
  print "restart=" restart + 0 > after
  print "restarts=" restarts > after
  print "restarted=" figure(restarted) > after
  print "measured=" figure(now) > after
  # For the overrides file.
  print "window=" (paused ? 1 : value["WINDOW"]) > after
  print "rate=" figure(rate) > after
  print "burst=" figure(burst) > after
  print "departs=" (retention < configured || level > 0 || paused || burst < value["BURST"] ? 1 : 0) > after
  close(after)
}

function metric(name, type, help) {
  print "# HELP " name " " help > page
  print "# TYPE " name " " type > page
}

function gauge(name, help, number) {
  metric(name, "gauge", help)
  print name " " figure(number) > page
}

function total(name, help, number) {
  metric(name, "counter", help)
  print name " " figure(number) > page
}

function write_page(   other) {
  other = used - live - compacted - unfinished - wal - generator
  metric("tempo_volume_bytes", "gauge", "Bytes that Tempo's directory holds, by part.")
  print "tempo_volume_bytes{part=\"blocks\"} " figure(live) > page
  print "tempo_volume_bytes{part=\"compacted\"} " figure(compacted) > page
  print "tempo_volume_bytes{part=\"unfinished\"} " figure(unfinished) > page
  print "tempo_volume_bytes{part=\"ingester\"} " figure(ingester) > page
  print "tempo_volume_bytes{part=\"wal\"} " figure(wal - ingester) > page
  print "tempo_volume_bytes{part=\"generator\"} " figure(generator) > page
  print "tempo_volume_bytes{part=\"other\"} " figure(other) > page
  gauge("tempo_volume_used_bytes", "Bytes that Tempo's directory holds.", used)
  gauge("tempo_volume_limit_bytes", "Bytes that it may hold: the claim, or what it holds and the disk has left, if that is less.", limit)
  gauge("tempo_volume_claim_bytes", "Size of the claim.", value["CLAIM"])
  gauge("tempo_volume_filesystem_size_bytes", "Size of the file system.", fs_size)
  gauge("tempo_volume_filesystem_avail_bytes", "Bytes of the file system that Tempo can still take.", fs_avail)
  gauge("tempo_volume_inodes", "Inodes of the file system; 0 where it has no fixed number.", inodes)
  gauge("tempo_volume_inodes_free", "Free inodes of the file system.", inodes_free)
  metric("tempo_volume_blocks", "gauge", "Blocks of the backend, by state.")
  print "tempo_volume_blocks{state=\"live\"} " figure(count["live"]) > page
  print "tempo_volume_blocks{state=\"compacted\"} " figure(count["compacted"]) > page
  print "tempo_volume_blocks{state=\"unfinished\"} " figure(count["unfinished"]) > page
  gauge("tempo_volume_traces", "Traces in live blocks; one that lies in two counts twice.", traces)
  if (oldest > 0) gauge("tempo_volume_oldest_block_timestamp_seconds", "End of the oldest live block.", oldest)
  gauge("tempo_retention_configured_seconds", "Retention of the settings.", configured)
  gauge("tempo_retention_effective_seconds", "Retention in force.", retention)
  gauge("tempo_retention_floor_seconds", "Shortest retention that a full volume leads to.", floor)
  metric("tempo_retention_steps_total", "counter", "Changes of the retention in force.")
  print "tempo_retention_steps_total{direction=\"shorter\"} " figure(shorter) > page
  print "tempo_retention_steps_total{direction=\"longer\"} " figure(longer) > page
  gauge("tempo_compaction_paused", "1 while compaction waits for room.", paused)
  gauge("tempo_ingestion_limited", "For want of room: 0 not, 1 to less than the configured rate, 2 refused altogether.", level)
  gauge("tempo_ingestion_rate_bytes", "Ingestion rate in force, in bytes per second.", rate)
  total("tempo_ingestion_limitations_total", "Times that ingestion was limited further for want of room.", limitations)
  gauge("tempo_wal_broken", "1 when Tempo's WAL cannot be written until it is restarted.", broken)
  total("tempo_guard_restarts_total", "Times that Tempo was restarted for its WAL.", restarts)
  gauge("tempo_guard_measured_timestamp_seconds", "Time of this measurement.", now)
  close(page)
}
