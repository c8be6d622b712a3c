# What Tempo's directory holds: reads the output of `du -k -d 3` and each block's meta, writes NAME=value lines, and the
# live blocks ("END BYTES", the oldest end first) into a file of their own (-v blocks). -v data is the directory.
#
# Portable awk: busybox, mawk and gawk. No %d, which some of them cut to 32 bits.

BEGIN { sort = "sort -n >" blocks; printf "" | sort }

# du: kilobytes, a tab, the path.
{
  path = $0
  sub(/^[0-9]+[ \t]+/, "", path)
  bytes = $1 * 1024
  if (path == data) { used = bytes; found = 1; next }
  path = substr(path, length(data) + 2)
  if (path == "@wal@") wal = bytes
  if (path == "@generator@") generator = bytes
  if (path == "@completed@") ingester = bytes
  if (path ~ /^blocks\/[^\/]*\/[^\/]*$/) block(data "/" path, bytes)
}

# A block is live, or compacted (deleted soon), or has no meta: it is being written, or was left by a write that failed.
function block(dir, bytes,   meta, end) {
  meta = text_of(dir "/meta.json")
  if (meta == "") {
    if (text_of(dir "/meta.compacted.json") != "") { compacted_blocks++; compacted += bytes }
    else { unfinished_blocks++; unfinished += bytes }
    return
  }
  live_blocks++
  live += bytes
  traces += number_of(meta, "totalObjects")
  end = epoch(text_value(meta, "endTime"))
  if (end == 0) return
  if (oldest == 0 || end < oldest) oldest = end
  printf "%.0f %.0f\n", end, bytes | sort
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

function tell(name, number) { printf "%s=%.0f\n", name, number }

END {
  close(sort)
  # An empty folder takes no room at all on XFS, btrfs and tmpfs.
  if (!found) exit 1
  tell("used", used)
  tell("live", live)
  tell("compacted", compacted)
  tell("unfinished", unfinished)
  tell("ingester", ingester)
  tell("wal", wal)
  tell("generator", generator)
  tell("live_blocks", live_blocks)
  tell("compacted_blocks", compacted_blocks)
  tell("unfinished_blocks", unfinished_blocks)
  tell("traces", traces)
  tell("oldest", oldest)
}
