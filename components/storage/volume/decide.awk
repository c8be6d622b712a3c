# What the guard decides, and nothing else: reads no file, no clock and runs no program, so that a simulation can feed it
# any history. docs/decisions/storage.md has a table of all states and of every way out.
#
# Input, any number of times: lines NAME=value (configuration, the last state, what was measured; a value holds until it
# is replaced), then the live blocks, "END BYTES" with the oldest end first, then a line with a dot. Output: the next
# state as NAME=value, lines "# ..." to be logged, a dot. Blocks are never kept, so memory does not grow with them.
#
# Portable awk: busybox, mawk and gawk. No %d, which some of them cut to 32 bits.

/^[0-9]/ { if (!begun) begin(); block($1, $2); next }
/^[.]/ { if (!begun) begin(); finish(); begun = 0; next }
/^[A-Za-z]/ { at = index($0, "="); set(substr($0, 1, at - 1), substr($0, at + 1)) }

# Without the conversion numbers would be compared as texts.
function set(name, text) { value[name] = text ~ /^[0-9]+(\.[0-9]+)?$/ ? text + 0 : text }

function say(message) { print "# level=" message }

function figure(number) { return sprintf("%.0f", number) }

function share(part, whole) { return whole > 0 ? part / whole : 0 }

function least_of(a, b) { return a < b ? a : b }

function most_of(a, b) { return a > b ? a : b }

# All that can be said before the blocks are known.
function begin(   grown) {
  begun = 1
  up = value["up"]
  configured = value["RETENTION"]
  floor = value["FLOOR"]
  avail = value["fs_avail"]

  # What was written since the inventory, if that is older: at most what the disk has lost, and what could arrive.
  grown = least_of(value["inventory_avail"] - avail, (value["age"] * value["rate"] + value["burst"]) * value["PER_BURST"])
  used = value["used"] + (value["age"] > 0 ? most_of(0, grown) : 0)
  # What Tempo can have: the claim, or, where the disk has less left, what it holds and what is still free.
  limit = least_of(value["CLAIM"], used + avail)
  use = share(used, limit)

  begin_retention()
}

# --- Retention: shortened where Tempo itself has filled its volume, and only to make room for what comes in.

function begin_retention(   lag) {
  retention = value["retention"] == "" ? configured : least_of(value["retention"], configured)
  # A clock that was put forward makes every block older at once. Backwards it needs nothing: nothing more is deleted.
  lag = value["now"] - value["measured"] - (up - value["measured_up"])
  if (value["measured"] != "" && lag > 60 && retention < configured) retention = least_of(retention + lag, configured)
  before = retention
  doomed = freed = cut = held = fitting_freed = fitting_cut = ready = 0
}

# The oldest come first, so what is on its way out is known before the first block that may follow it.
function block(end, bytes,   age) {
  age = value["now"] - end
  if (age > retention) { doomed += bytes; return }
  if (!ready) judge()
  if (need > fitting_freed && age > floor) {
    fitting_freed += bytes
    fitting_cut = age
    # What was there before anybody was asked goes for as much that has come in, or where the settings allow it. A
    # block goes whole, so it waits until there is room to be made for all of it.
    if (!held && (freed + bytes <= growth || age > value["AT_ONCE"])) { freed += bytes; cut = age } else held = 1
  }
}

function judge(   stock, kept) {
  ready = 1
  # What is on its way out still counts as held until it is marked: a clock that is set back would return it.
  stock = used - value["compacted"]
  kept = stock - doomed
  # Widest and least of this half of a day and of the one before: what others took within it is not Tempo's doing, and
  # retention makes room for no more than what Tempo has written within it.
  widest = most_of(value["widest"], used + avail)
  least = value["least"] == "" ? stock : least_of(value["least"], stock)
  rotated = value["rotated"] == "" ? up : value["rotated"]
  widest_before = value["widest_before"] + 0
  least_before = value["least_before"] == "" ? least : value["least_before"]
  own = least_of(value["CLAIM"], most_of(widest, widest_before))
  pressed = used >= own * value["HIGH"] / 1000
  need = pressed ? kept - own * value["LOW"] / 1000 : 0
  growth = kept - least_of(least, least_before)
  if (up - rotated >= value["BASELINE"]) {
    widest_before = widest
    least_before = least
    widest = used + avail
    least = stock
    rotated = up
  }
}

function decide_retention() {
  # Only an inventory shows what there is; between two of them the pressure is what it was.
  pressed_since = value["pressed_since"]
  if (!pressed) pressed_since = ""
  else if (pressed_since == "") pressed_since = up
  stepped = value["stepped"]
  if (pressed && value["age"] == 0 && up - pressed_since >= value["LASTING"]) {
    # Where even all of it is too little it is the floor, and everybody can see that.
    if (cut > 0) retention = held || freed >= need ? most_of(floor, cut - 1) : floor
    if (retention < before) {
      shorter++
      stepped = up
      say("warn msg=\"retention shortened\" from=" before "s to=" retention "s used=" figure(used) " limit=" figure(limit) " frees=" figure(freed))
    }
  } else if (used < own * value["LOW"] / 1000 && retention < configured && (stepped == "" || up - stepped >= value["STEP_BACK_EVERY"])) {
    retention = least_of(configured, retention + int(retention / 10 / 60 + 1) * 60)
    longer++
    stepped = up
    say("info msg=\"retention given back\" from=" before "s to=" retention "s used=" figure(used) " limit=" figure(limit))
  }
}

# --- Compaction: it holds its inputs until they are deleted.

function decide_compaction() {
  if (use >= value["PAUSE"] / 1000) paused = 1
  else if (use < value["HIGH"] / 1000) paused = 0
  if (paused != value["paused"] + 0) say("info msg=\"compaction " (paused ? "paused" : "resumed") "\" used=" figure(used) " limit=" figure(limit))
}

# --- The WAL: one failed write is the end of it. Tempo 2.10.1 writes to the same broken file for ever, answers 200 and
# keeps nothing, with any amount of room (seen), until it is restarted.
#
# The ingester counts a trace as created in the moment in which it writes it to the block in hand, and closes the file
# and opens the next one in the same pass. So traces are owed from a count that rose to a new file. What is refused,
# dropped or malformed never gets there. Owed twice, Tempo is asked to write what it holds; it answers when it has
# tried, and if there is no new file then, it cannot write.
function watch_wal(   rose) {
  owner = value["owner"]
  # A count that is older than the last new file tells nothing of what came after that.
  created = value["created_now"] == "" && !value["written"] ? value["created"] : value["created_now"]
  rose = value["created_now"] != "" && value["created"] != "" && value["created_now"] > value["created"]
  owed = value["owed"] + 0
  if (value["pid"] != "" && value["pid"] != owner) {
    if (broken) say("info msg=\"another process writes the WAL\" pid=" value["pid"])
    owner = value["pid"]
    broken = owed = 0
  } else if (value["written"]) {
    if (broken) say("info msg=\"the WAL is written again\"")
    broken = owed = 0
    patience = 120
  } else if (owed || rose) owed++
  if (!broken && owed && value["asked"]) {
    broken = 1
    say("error msg=\"the WAL cannot be written, Tempo loses what it takes\" avail=" figure(avail) " inodes_free=" figure(value["inodes_free"]))
  }
}

# --- Ingestion: room alone decides, and a WAL that is broken.

# The rate falls with the room that is left, by halves: what arrives until the next measurement reaches Tempo must fit.
# Full, or short of inodes, the volume takes nothing.
function limit_ingestion(   last, last_level, room, short) {
  last = value["rate"] == "" ? value["RATE"] : value["rate"]
  last_level = value["level"] + 0
  room = limit * value["REFUSE"] / 1000 - used
  rate = rate_for(room)
  # Raised only where it would stay: without this it would go to and fro.
  if (rate > last) rate = most_of(last, rate_for(room * 0.8))
  if (rate > value["FALLBACK_RATE"] && over("THROTTLE", last_level >= 1)) rate = value["FALLBACK_RATE"]
  burst = value["BURST"]
  while (burst / 2 >= value["LEAST_BURST"] && burst * value["PER_BURST"] > room) burst /= 2
  level = rate < value["RATE"] ? 1 : 0
  # The mark is a share; where others have filled the disk it is too little for the work in hand.
  short = limit - used < value["RESERVE"] * (last_level == 2 ? 1.25 : 1)
  full = over("REFUSE", last_level == 2) || short || (value["inodes"] > 0 && value["inodes_free"] < value["inodes"] * 0.02)
  # Begun again only where there has been room for an interval, in which a WAL that only waited for it is written again,
  # and ever more rarely where it has not helped.
  restart = broken && !full && value["full"] == 0 && value["pid"] != "" && last_level == 2 && (restarted == "" || up - restarted >= patience)
  if (restart) {
    restarts++
    restarted = up
    patience = least_of(3600, 2 * patience)
    say("error msg=\"Tempo is restarted\" pid=" value["pid"])
  }
  if (full || broken) {
    level = 2
    rate = burst = 1
  }
  if (level > last_level) limitations++
  if (rate != last) {
    say((level > 0 ? "warn" : "info") " msg=\"ingestion " (level == 2 ? "refused" : level == 1 ? "limited" : "free") "\" rate=" figure(rate) " used=" figure(used) " limit=" figure(limit) " inodes_free=" figure(value["inodes_free"]))
  }
}

function rate_for(room,   allowed) {
  allowed = value["RATE"]
  while (allowed > value["FALLBACK_RATE"] && allowed * value["PER_RATE"] > room) allowed /= 2
  return most_of(allowed, value["FALLBACK_RATE"])
}

function over(mark, entered) {
  return use >= (value[mark] - (entered ? value["SLACK"] : 0)) / 1000
}

# --- All of it.

function finish() {
  if (!ready) judge()
  level = value["level"] + 0
  paused = value["paused"] + 0
  shorter = value["shorter"] + 0
  longer = value["longer"] + 0
  limitations = value["limitations"] + 0
  broken = value["broken"] + 0
  restarts = value["restarts"] + 0
  restarted = value["restarted"]
  patience = value["patience"] == "" ? 120 : value["patience"]
  restart = full = 0
  rate = value["RATE"]
  burst = value["BURST"]
  # Told to whoever considers to switch it on.
  fitting = need <= 0 ? configured : fitting_freed >= need ? most_of(floor, fitting_cut - 1) : floor
  if (value["SIZE_AWARE"] == 1) {
    decide_retention()
    decide_compaction()
    watch_wal()
    limit_ingestion()
  }
  write_state()
}

function write_state() {
  print "retention=" figure(retention)
  print "level=" level
  print "full=" full
  print "paused=" paused
  print "shorter=" shorter
  print "longer=" longer
  print "limitations=" limitations
  print "stepped=" stepped
  print "pressed_since=" pressed_since
  print "widest=" figure(widest)
  print "widest_before=" figure(widest_before)
  print "least=" figure(least)
  print "least_before=" figure(least_before)
  print "rotated=" rotated
  print "broken=" broken
  print "owed=" owed + 0
  print "created=" created
  print "owner=" owner
  print "restart=" restart
  print "restarts=" restarts
  print "restarted=" restarted
  print "patience=" patience
  print "measured=" figure(value["now"])
  print "measured_up=" up
  # For the overrides file and the page.
  print "window=" (paused ? 1 : value["WINDOW"])
  print "rate=" figure(rate)
  print "burst=" figure(burst)
  print "departs=" (retention < configured || level > 0 || paused || burst < value["BURST"] ? 1 : 0)
  print "limit=" figure(limit)
  print "excess=" figure(most_of(0, need))
  print "fitting=" figure(fitting)
  print "."
}
