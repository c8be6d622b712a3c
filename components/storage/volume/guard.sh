#!/bin/sh
# The guard of Tempo's volume: measures it, publishes the figures, and keeps the disk from filling.
#
#   guard.sh seed CONF    one measurement, before Tempo starts: Tempo does not start without the overrides file
#   guard.sh run CONF     measures for ever and serves the figures over HTTP
#   guard.sh once CONF    one measurement
#
# CONF is a file of lines NAME=number or NAME=path (guard.ts renders it). Beside this file: inventory.awk, what the
# directory holds; decide.awk, all decisions; page.awk, the metrics page. Needs nothing but POSIX sh, awk, du, sort and
# stat and, to serve, busybox's httpd; changes nothing on the volume.
set -u
LC_ALL=C
export LC_ALL

here=$(dirname "$0")
mode=${1:-}
conf=${2:-}
[ -r "$conf" ] || {
  echo "level=error msg=\"no configuration\" file=\"$conf\"" >&2
  exit 2
}
# Without a slash `.` would search PATH.
case $conf in */*) ;; *) conf=./$conf ;; esac
# shellcheck disable=SC1090
. "$conf"

overrides=$RUN/overrides.yaml
state=$RUN/state
page=$RUN/www/metrics/index.txt

log() {
  echo "ts=$(date -u +%Y-%m-%dT%H:%M:%SZ) $*"
}

# A name that this process alone writes and a rename make every change of a file one step for its readers.
replace() {
  mv -f "$1" "$2"
}

# A value of the state.
last() {
  sed -n "s/^$1=//p" "$state"
}

# Seconds that no setting of the clock changes.
uptime_seconds() {
  cut -d . -f 1 /proc/uptime
}

# Block size, blocks, free to all, inodes, free inodes of the file system, and in bytes.
file_system() {
  stat -f -c '%S %b %a %c %d' "$DATA" 2>/dev/null |
    awk '{ printf "fs_size=%.0f\nfs_avail=%.0f\ninodes=%.0f\ninodes_free=%.0f\n", $1 * $2, $1 * $3, $4, $5 }'
}

# Blocks come and go meanwhile; what is gone is nothing to count. When it was taken, how long it took, and what was
# free then, are in its first lines.
take_inventory() {
  begun=$(uptime_seconds)
  free=$(file_system | sed -n 's/^fs_avail=//p')
  du -k -d 3 "$DATA" 2>/dev/null | awk -v data="$DATA" -v blocks="$RUN/blocks.new" -f "$here/inventory.awk" >"$RUN/counts.new" || return 1
  ended=$(uptime_seconds)
  {
    echo "taken=$ended"
    echo "took=$((ended - begun))"
    echo "inventory_avail=$free"
    cat "$RUN/counts.new"
  } >"$RUN/inventory.new"
  replace "$RUN/blocks.new" "$RUN/blocks"
  replace "$RUN/inventory.new" "$RUN/inventory"
}

# A hundred thousand blocks take seconds, and minutes on a slow disk: no more than a tenth of the time goes for them,
# and what takes long is not waited for.
inventory() {
  taken='' took=0
  # shellcheck disable=SC1091
  [ ! -f "$RUN/inventory" ] || . "$RUN/inventory"
  if [ "$took" -le 2 ]; then
    take_inventory || return 1
  elif [ $(($(uptime_seconds) - taken)) -ge $((10 * took)) ] && ! kill -0 "${inventory:-none}" 2>/dev/null; then
    take_inventory &
    inventory=$!
  fi
  [ -f "$RUN/inventory" ]
}

# Tempo's process, when the pod shares its processes.
tempo_pid() {
  pidof "$PROCESS" 2>/dev/null | cut -d ' ' -f 1
}

# Not `wget -T`, at which some builds of busybox crash.
ask_tempo() {
  timeout 5 wget -q -O - "$TEMPO$1" 2>/dev/null
}

# Traces that the ingester has begun to write to its WAL; nothing where Tempo does not answer, or not to the end: the
# count of half a page is lower, and the next one would have risen.
traces_created() {
  { ask_tempo /metrics && echo whole; } |
    awk '/^@tracesCreated@/ { sum += $NF } END { if ($1 == "whole") printf "%.0f", sum }'
}

# Whether the ingester has opened a file of its WAL since the last measurement: by the files' names, each of which is
# used once, and not by times, which a clock that is set, or another one on a file server, would make wrong. Completed
# blocks lie in a folder of the WAL, and meta.json is written even when nothing else can be. A block's files are numbered:
# the last of each do, where a WAL that is not emptied has 48,000 a day, more than there is memory for.
opened_file() {
  find "$DATA/@wal@" -maxdepth 2 -path "$DATA/@completed@" -prune -o -type f ! -name meta.json -print 2>/dev/null |
    awk -F / '$NF > last[$(NF - 1)] { last[$(NF - 1)] = $NF } END { for (block in last) print block, last[block]; print "." }' >"$RUN/wal.new"
  [ ! -f "$RUN/wal" ] || awk 'NR == FNR { known[$1] = $2; next } !($1 in known) || $2 > known[$1] { new = 1; exit } END { exit !new }' "$RUN/wal" "$RUN/wal.new"
}

# Puts the two figures of the WAL into `written` and `asked`: see watch_wal in decide.awk.
look_at_wal() {
  written=0 asked=0
  if opened_file; then
    written=1
  elif [ "$(last owed)" -ge 1 ] 2>/dev/null && ask_tempo /flush >/dev/null; then
    opened_file && written=1
    # A list that found no room says nothing of what is not on it.
    [ "$(tail -n 1 "$RUN/wal.new")" != . ] || asked=1
  fi
}

measure() {
  [ -f "$state" ] || : >"$state"
  file_system >"$RUN/measured.new"
  inventory && [ -s "$RUN/measured.new" ] || {
    log 'level=error msg="the volume cannot be measured"'
    return 1
  }
  taken=$(uptime_seconds)
  # shellcheck disable=SC1091
  . "$RUN/inventory"
  look_at_wal
  pid=$(tempo_pid)
  {
    # After the WAL, or what is written between the two would be owed.
    echo "created_now=$(traces_created)"
    echo "written=$written"
    echo "asked=$asked"
    echo "pid=$pid"
    echo "now=$(date +%s)"
    up=$(uptime_seconds)
    echo "up=$up"
    # An inventory of this measurement has no age.
    age=$((up - taken))
    echo "age=$((age < INTERVAL / 2 ? 0 : age))"
  } >>"$RUN/measured.new"
  replace "$RUN/measured.new" "$RUN/measured"
  { cat "$conf" "$state" "$RUN/inventory" "$RUN/measured" "$RUN/blocks" && echo .; } | awk -f "$here/decide.awk" >"$RUN/decision" &&
    sed '/^[#.]/d' "$RUN/decision" >"$state.new" && cat "$conf" "$RUN/inventory" "$RUN/measured" "$state.new" | awk -f "$here/page.awk" >"$page.new" || {
    log 'level=error msg="the figures cannot be worked out"'
    return 1
  }
  sed -n "s/^# /ts=$(date -u +%Y-%m-%dT%H:%M:%SZ) /p" "$RUN/decision"
  replace "$state.new" "$state"
  # After the state: a guard that is killed between the two, or before, sees a file twice, and never a count without it.
  replace "$RUN/wal.new" "$RUN/wal"
  replace "$page.new" "$page"
  publish
}

# Without a departure from the settings no tenant has overrides, and tempo.yaml alone counts.
publish() {
  [ "$SIZE_AWARE" = 1 ] || return 0
  if [ "$(last departs)" = 0 ]; then
    echo 'overrides: {}' >"$overrides.new"
  else
    sed -e "s/GUARD_RETENTION/$(last retention)s/" -e "s/GUARD_WINDOW/$(last window)s/" \
      -e "s/GUARD_RATE/$(last rate)/" -e "s/GUARD_BURST/$(last burst)/" "$here/overrides.tmpl" >"$overrides.new"
  fi
  if cmp -s "$overrides.new" "$overrides"; then
    rm -f "$overrides.new"
  else
    replace "$overrides.new" "$overrides"
  fi
}

# Ends Tempo's process, for the kubelet to start it again. A query of the last half minute keeps it from ending by
# itself, long after its modules have.
restart_tempo() {
  [ "$(last restart)" = 1 ] && [ -n "$pid" ] || return 0
  kill -TERM "$pid" || return 0
  patience=$STOPS_WITHIN
  while kill -0 "$pid" 2>/dev/null && [ "$patience" -gt 0 ]; do
    sleep 1
    patience=$((patience - 1))
  done
  kill -0 "$pid" 2>/dev/null && kill -KILL "$pid"
}

serve() {
  httpd -f -p "$PORT" -h "$RUN/www" -c "$RUN/httpd.conf" &
  server=$!
}

# Does not end by itself: while a container of the pod does not run the pod is not ready, and Tempo leaves its Service.
run() {
  serve
  # As the first process of a container a shell ignores signals without a handler, and the pod would wait to be killed.
  trap 'kill "$server" 2>/dev/null; exit 0' TERM INT
  while :; do
    due=$(($(uptime_seconds) + INTERVAL))
    measure && restart_tempo
    rest=$((due - $(uptime_seconds)))
    # What a measurement takes is part of the interval.
    sleep $((rest > 1 ? rest : 1)) &
    wait $!
    kill -0 "$server" 2>/dev/null || {
      log 'level=error msg="the HTTP server ended and is started again"'
      serve
    }
  done
}

mkdir -p "$RUN/www/metrics"
case $mode in
  seed)
    # Whatever happens, Tempo must start: queries are worth more than a right retention.
    measure || true
    [ -f "$overrides" ] || echo 'overrides: {}' >"$overrides"
    ;;
  once) measure ;;
  run)
    # A redirect leads from /metrics to /metrics/; without a known suffix the type would be application/octet-stream,
    # which Prometheus 3 refuses.
    printf 'I:index.txt\n.txt:text/plain; version=0.0.4\n' >"$RUN/httpd.conf"
    run
    ;;
  *)
    echo "usage: guard.sh seed|run|once CONF" >&2
    exit 2
    ;;
esac
