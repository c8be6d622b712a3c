/** Time from a span's acknowledgement until it is found, by ID and by a search. */
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { PROBE_SERVICE, sendProbe, type TempoClient } from "./client";

export interface Visible {
  /** Milliseconds for each probe that was found. */
  readonly byId: number[];
  readonly bySearch: number[];
  readonly missing: number;
}

/** One search for all probes that are not found yet: more of them would be a load of their own. */
const SEARCH_EVERY = 150;
const ID_EVERY = 20;
/** A default Tempo cuts a trace 5 s after its last span, and looks every 10 s. */
const DEADLINE = 45_000;

/** Sends probes one after another and watches each until it is found. */
export async function probeVisibility(
  client: TempoClient,
  otlp: string,
  count: number,
  every: number,
): Promise<Visible> {
  const acknowledged = new Map<string, number>();
  const visible: Visible = { byId: [], bySearch: [], missing: 0 };
  let sending = true;

  const watchSearch = async (): Promise<void> => {
    const end = (): boolean => !sending && acknowledged.size === 0;
    const deadline = performance.now() + count * every + DEADLINE;
    while (!end() && performance.now() < deadline) {
      const found = await client.search(`{ resource.service.name = "${PROBE_SERVICE}" }`, 1, 1_000);
      const now = performance.now();
      for (const id of found) {
        const since = acknowledged.get(id);
        if (since === undefined) continue;
        visible.bySearch.push(now - since);
        acknowledged.delete(id);
      }
      await sleep(SEARCH_EVERY);
    }
  };
  const watchId = async (id: string, since: number): Promise<void> => {
    while (performance.now() < since + DEADLINE) {
      if (await client.find(id)) {
        visible.byId.push(performance.now() - since);
        return;
      }
      await sleep(ID_EVERY);
    }
  };

  const watching = [watchSearch()];
  for (let sent = 0; sent < count; sent++) {
    const id = randomBytes(16).toString("hex");
    if (await sendProbe(otlp, id)) {
      const since = performance.now();
      acknowledged.set(id, since);
      watching.push(watchId(id, since));
    }
    await sleep(every);
  }
  sending = false;
  await Promise.all(watching);
  return { ...visible, missing: acknowledged.size };
}
