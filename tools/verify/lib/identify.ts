import type { Part } from "./failure";
import { jsonOf, NoAnswer, type Answer, type Endpoint } from "./http";

/** Long enough for a server that answers at all, in ms. */
const LIMIT = 4_000;

interface Known {
  readonly path: string;
  readonly is: (answer: Answer) => boolean;
  readonly what: string;
  /** For whom it is what is meant. */
  readonly part?: Part;
}

/** What people give in place of each other, by what only it answers. */
const KNOWN: readonly Known[] = [
  {
    path: "/api/echo",
    is: ({ text }) => text.trim() === "echo",
    what: "the query API of a Tempo (port 3200)",
    part: "query",
  },
  {
    path: "/v1/traces",
    is: ({ status, text }) => status === 405 && text.includes("supported: [POST]"),
    what: "a receiver of OTLP over HTTP (port 4318)",
    part: "otlp",
  },
  {
    path: "/api/health",
    is: (answer) => isObject(jsonOf(answer)) && answer.text.includes('"database"'),
    what: "a Grafana",
    part: "grafana",
  },
  { path: "/-/healthy", is: ({ text }) => text.startsWith("Prometheus"), what: "a Prometheus", part: "prometheus" },
  { path: "/-/healthy", is: ({ text }) => /Alloy/i.test(text), what: "a Grafana Alloy's own interface" },
  {
    path: "/loki/api/v1/status/buildinfo",
    is: (answer) => answer.status === 200 && isJson(answer) && answer.text.includes('"version"'),
    what: "a Loki",
  },
  {
    path: "/metrics/",
    is: ({ text }) => text.includes("tempo_volume_"),
    what: "the guard of Tempo's volume (port 3201)",
  },
];

/**
 * What a server is, in words that follow "This is".
 * @param part what it should be
 * @returns undefined when it is that, or nothing that is known here
 */
export async function identify(endpoint: Endpoint, part: Part): Promise<string | undefined> {
  const asked = new Map<string, Promise<Answer | NoAnswer | undefined>>();
  for (const { path } of KNOWN) {
    if (!asked.has(path)) asked.set(path, ask(endpoint, path));
  }
  for (const { path, is, what, part: itself } of KNOWN) {
    const answer = await asked.get(path);
    if (answer && !(answer instanceof NoAnswer) && is(answer)) return itself === part ? undefined : what;
  }
  if (part === "otlpGrpc") return undefined;
  const answers = await Promise.all(asked.values());
  return answers.some((one) => one instanceof NoAnswer && one.silence === "no-http")
    ? "a port of gRPC (Tempo's are 4317 for OTLP, 9095 for itself)"
    : undefined;
}

async function ask(endpoint: Endpoint, path: string): Promise<Answer | NoAnswer | undefined> {
  try {
    return await endpoint.get(path, { accept: "*/*", timeout: LIMIT });
  } catch (error) {
    return error instanceof NoAnswer ? error : undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isJson(answer: Answer): boolean {
  return isObject(jsonOf(answer));
}
