#!/bin/sh
# The guard of Tempo's volume: measures it, publishes the figures, and keeps the disk from filling.
#
#   guard.sh seed CONF    one measurement, before Tempo starts: Tempo does not start without the overrides file
#   guard.sh run CONF     measures for ever and serves the figures over HTTP
#   guard.sh once CONF    one measurement
#
# CONF is a file of lines NAME=number or NAME=path (guard.ts renders it). The decisions are in guard.awk beside this
# file. Needs nothing but POSIX sh, awk, du, stat and, to serve, busybox's httpd; changes nothing on the volume.
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

# Bytes and inodes of the file system: block size, blocks, free, free to all, inodes, free inodes.
file_system() {
  stat -f -c '%S %b %f %a %c %d' "$DATA" 2>/dev/null
}

# Tempo's process, when the pod shares its processes, and the spans that it has taken so far to keep: those that a cap
# discards are counted as received, too, and never written.
tempo_pid() {
  pidof "$PROCESS" 2>/dev/null | cut -d ' ' -f 1
}

spans_received() {
  # Not `wget -T`, at which some builds of busybox crash.
  timeout 5 wget -q -O - "$TEMPO/metrics" 2>/dev/null |
    awk '/^tempo_distributor_spans_received_total/ { sum += $NF; seen = 1 }
      /^tempo_discarded_spans_total/ && !/reason="rate_limited"/ { sum -= $NF }
      END { if (seen) printf "%.0f", sum }'
}

# Whether spans were written to the ingester's WAL since the last measurement. Completed blocks lie in a folder of it,
# and its meta.json is written even when nothing else can be.
wal_written() {
  # A second early: busybox's find compares whole seconds. What is seen twice does no harm.
  touch -d "@$(($(date +%s) - 1))" "$RUN/tick.new"
  if [ ! -f "$RUN/tick" ] || [ -n "$(find "$DATA/wal" -maxdepth 2 -path "$DATA/wal/blocks" -prune -o \
    -type f ! -name meta.json -newer "$RUN/tick" -print 2>/dev/null | head -n 1)" ]; then
    echo 1
  else
    echo 0
  fi
  replace "$RUN/tick.new" "$RUN/tick"
}

measure() {
  [ -f "$state" ] || : >"$state"
  fs=$(file_system) && [ -n "$fs" ] || {
    log 'level=error msg="the volume cannot be measured"'
    return 1
  }
  # Blocks come and go meanwhile; what is gone is nothing to count.
  du -k -d 3 "$DATA" >"$RUN/du.new" 2>/dev/null
  pid=$(tempo_pid)
  # In this order, or what is received between the two is counted for the next measurement and written in this one.
  written=$(wal_written)
  received=$(spans_received)
  awk -v now="$(date +%s)" -v fs="$fs" -v pid="$pid" -v received="$received" -v wal_written="$written" -v page="$page.new" -v after="$state.new" -v ts="$(date -u +%Y-%m-%dT%H:%M:%SZ)" \
    -f "$here/guard.awk" "$conf" "$state" "$RUN/du.new" || {
    log 'level=error msg="the figures cannot be worked out"'
    return 1
  }
  replace "$state.new" "$state"
  replace "$page.new" "$page"
  publish
}

# Without a departure from the settings no tenant has overrides, and tempo.yaml alone counts.
publish() {
  restart=0
  [ "$SIZE_AWARE" = 1 ] || return 0
  retention='' window='' rate='' burst='' departs=1
  # shellcheck disable=SC1090
  . "$state"
  if [ "$departs" = 0 ]; then
    echo 'overrides: {}' >"$overrides.new"
  else
    sed -e "s/GUARD_RETENTION/${retention}s/" -e "s/GUARD_WINDOW/${window}s/" -e "s/GUARD_RATE/$rate/" -e "s/GUARD_BURST/$burst/" \
      "$here/overrides.tmpl" >"$overrides.new"
  fi
  if cmp -s "$overrides.new" "$overrides"; then
    rm -f "$overrides.new"
  else
    replace "$overrides.new" "$overrides"
  fi
}

# Ends Tempo's process, for the kubelet to start it again. A query of the last half minute keeps it from ending by
# itself, so it is not asked for long; what it holds is in the WAL or lost already.
restart_tempo() {
  [ "${restart:-0}" = 1 ] && [ -n "$pid" ] || return 0
  kill -TERM "$pid" || return 0
  patience=15
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
    measure && restart_tempo
    sleep "$INTERVAL" &
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
