/** What the services do: each entry of `homelab` is one kind of request with everything that it causes. */
import type { ServiceName } from "./services";

/** One request of one service, and what it waits for. */
export interface Request {
  service: ServiceName;
  method: string;
  /** `{id}` stands for one of `IDS` things, a picture or an event: routes are few, paths are not. */
  path: string;
  /** Absent: the server does not know its route, as a handler outside a router. */
  route?: string;
  /** Its own work without its calls: the median in ms. */
  median: number;
  /** Of the log-normal latency; 0.3 is steady, 1 is wild. */
  spread: number;
  /** The share of requests that it answers with this status; the rest is 200. */
  failures?: { status: number; share: number };
  calls?: readonly (Request | DatabaseCall)[];
}

/** How many things a household asks for by their id; as many paths for each route with one. */
export const IDS = 2_000;

/** A statement to a database that sends no spans of its own. */
export interface DatabaseCall {
  database: string;
  operation: string;
  table: string;
  median: number;
  spread: number;
}

/** A kind of request that comes from outside; more weight, more of them. */
export interface Arrival {
  weight: number;
  request: Request;
}

const events: Request = {
  service: "frigate",
  method: "GET",
  path: "/api/events",
  route: "/api/events",
  median: 18,
  spread: 0.4,
};
const clip: Request = {
  ...{ service: "frigate", method: "GET", path: "/api/events/{id}/clip.mp4", route: "/api/events/*/clip.mp4" },
  ...{ median: 60, spread: 0.7 },
};
const snapshot: Request = {
  ...{ service: "frigate", method: "GET", path: "/api/driveway/latest.jpg", route: "/api/*/latest.jpg" },
  ...{ median: 35, spread: 0.5, failures: { status: 404, share: 0.03 } },
};
const publish: Request = { service: "ntfy", method: "POST", path: "/alerts", route: "/*", median: 4, spread: 0.6 };
const poll: Request = {
  service: "ntfy",
  method: "GET",
  path: "/alerts/json",
  route: "/*/json",
  median: 2,
  spread: 0.3,
};
const generate: Request = {
  ...{ service: "ollama", method: "POST", path: "/api/generate", route: "/api/generate" },
  ...{ median: 1800, spread: 0.8, failures: { status: 503, share: 0.06 } },
};
const chat: Request = { ...generate, path: "/api/chat", route: "/api/chat", median: 900, spread: 1 };
const tags: Request = {
  service: "ollama",
  method: "GET",
  path: "/api/tags",
  route: "/api/tags",
  median: 3,
  spread: 0.3,
};
const thumbnail: Request = {
  ...{ service: "immich", method: "GET", path: "/api/assets/{id}/thumbnail", route: "/api/assets/*/thumbnail" },
  ...{ median: 25, spread: 0.7, failures: { status: 500, share: 0.04 } },
  calls: [{ database: "immich", operation: "SELECT", table: "assets", median: 3, spread: 0.8 }],
};
const upload: Request = {
  ...{ service: "immich", method: "POST", path: "/api/assets", route: "/api/assets", median: 220, spread: 0.6 },
  calls: [
    { database: "immich", operation: "SELECT", table: "users", median: 2, spread: 0.5 },
    { database: "immich", operation: "INSERT", table: "assets", median: 6, spread: 0.9 },
  ],
};

/** A household: mostly polling and pictures, now and then a slow answer of a language model. */
export const homelab: readonly Arrival[] = [
  { weight: 20, request: throughCaddy(events) },
  { weight: 15, request: throughCaddy(snapshot) },
  { weight: 8, request: throughCaddy(clip) },
  { weight: 20, request: throughCaddy(poll) },
  { weight: 8, request: throughCaddy(publish) },
  { weight: 6, request: throughCaddy(generate) },
  { weight: 6, request: throughCaddy(tags) },
  { weight: 15, request: throughCaddy(thumbnail) },
  { weight: 4, request: throughCaddy(upload) },
  {
    weight: 6,
    request: {
      service: "hermes",
      method: "POST",
      path: "/chat",
      route: "/chat",
      median: 12,
      spread: 0.5,
      calls: [chat],
    },
  },
  // Frigate tells of what it saw.
  {
    weight: 5,
    request: {
      ...{ service: "frigate", method: "POST", path: "/api/events/{id}/create", route: "/api/events/*/create" },
      ...{ median: 30, spread: 0.5, calls: [publish] },
    },
  },
  // A webhook outside hermes' router: a span without a route.
  {
    weight: 4,
    request: { service: "hermes", method: "POST", path: "/hook", median: 5, spread: 0.5, calls: [publish] },
  },
];

/** The edge proxy knows no routes and adds little of its own. */
function throughCaddy(request: Request): Request {
  return { service: "caddy", method: request.method, path: request.path, median: 0.8, spread: 0.4, calls: [request] };
}
