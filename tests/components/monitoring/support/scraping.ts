/** A real Prometheus that scrapes, and what it scrapes: HTTP servers of this process. */
import { setTimeout as sleep } from "node:timers/promises";
import { findPrometheus, type PrometheusMajor } from "../../../support/findProgram";
import { serve } from "../../../../tools/lib/loopback";
import { freePorts, Lab } from "../../../support/lab";

/** How long everything that is waited for here may take, in ms; seconds on an idle machine. */
const deadline = 60_000;

/** Serves texts by their paths, and 404 elsewhere. */
export async function serveTexts(
  texts: Readonly<Record<string, string>>,
): Promise<{ readonly address: string; stop(): Promise<void> }> {
  const { url, stop } = await serve((request, response) => {
    const text = texts[request.url ?? ""];
    response.writeHead(text === undefined ? 404 : 200, { "content-type": "text/plain; version=0.0.4" });
    response.end(text ?? "not here\n");
  });
  return { address: new URL(url).host, stop };
}

/** Labels of the series that an expression returns. */
export type Ask = (expression: string) => Promise<Record<string, string>[]>;

/**
 * Runs Prometheus on a configuration while something is asked of it.
 * @throws when it is missing, ends early, or is not ready in time
 */
export async function whileScraping<T>(
  config: string,
  major: PrometheusMajor,
  use: (ask: Ask) => Promise<T>,
): Promise<T> {
  const found = findPrometheus(major);
  if ("missing" in found) throw new Error(found.missing);
  const lab = new Lab();
  try {
    const [port] = await freePorts();
    lab.spawn(found.prometheus, [
      `--config.file=${lab.write("prometheus.yml", config)}`,
      `--storage.tsdb.path=${lab.path("data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    const url = `http://127.0.0.1:${port}`;
    await until(async () => {
      lab.assertAlive();
      return (await fetch(`${url}/-/ready`).catch(() => undefined))?.ok === true;
    }, "prometheus was not ready");
    return await use(async (query) => {
      const answer = await fetch(`${url}/api/v1/query`, { method: "POST", body: new URLSearchParams({ query }) });
      const { data, error } = (await answer.json()) as {
        data?: { result: { metric: Record<string, string> }[] };
        error?: string;
      };
      if (!data) throw new Error(`${error ?? "no answer"} in: ${query}`);
      return data.result.map(({ metric }) => metric);
    });
  } finally {
    await lab.stop();
  }
}

/** Waits until something is so. @throws with the sentence when it does not become so in time */
export async function until(isSo: () => Promise<boolean>, otherwise: string): Promise<void> {
  const end = Date.now() + deadline;
  while (Date.now() < end) {
    if (await isSo()) return;
    await sleep(100);
  }
  throw new Error(`${otherwise} within ${deadline / 1000} s`);
}
