/** Latencies of what people ask. */
import type { TempoClient } from "./client";
import type { Figures } from "./figures";
import { median, quantile } from "../lib/statistics";

/** A person's searches: a route of a service, an error, one path of many, and a name that is nowhere. */
const SEARCHES = [
  '{ resource.service.name = "immich" && span.http.route = "/api/assets/*/thumbnail" }',
  "{ status = error }",
  '{ span.url.path = "/api/assets/00000100/thumbnail" }',
  '{ resource.service.name = "nobody" }',
];
const RATE = "{} | rate() by (resource.service.name)";

export async function measureQueries(client: TempoClient, ids: readonly string[]): Promise<Figures> {
  const byId = await time(ids, (id) => client.find(id));
  const search = await time(repeat(SEARCHES, 40), (query) => client.search(query, 24));
  const answered = (await client.countSpans(RATE, 1)) !== undefined;
  const rate = answered ? await time(repeat([RATE], 30), (query) => client.countSpans(query, 1)) : [];
  return { ...figures("byId", byId), ...figures("search", search), ...figures("rate", rate) };
}

function figures(name: "byId" | "search" | "rate", latencies: readonly number[]): Figures {
  const [middle, tail] = [median(latencies), quantile(latencies, 0.95)];
  return middle === undefined || tail === undefined ? {} : { [`${name}Median`]: middle, [`${name}Tail`]: tail };
}

function repeat<T>(items: readonly T[], times: number): T[] {
  return Array.from({ length: times }, (_, at) => items[at % items.length] as T);
}

/** Milliseconds of each, one after another. */
async function time<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<number[]> {
  const latencies: number[] = [];
  for (const item of items) {
    const began = performance.now();
    await act(item);
    latencies.push(performance.now() - began);
  }
  return latencies;
}
