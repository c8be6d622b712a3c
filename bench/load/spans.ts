/** From a kind of request to its spans, as plain data: who, from when to when, below what, with which attributes. */
import { SpanKind, SpanStatusCode, type Attributes } from "@opentelemetry/api";
import type { Random } from "./random";
import { services, type ServiceName } from "./services";
import { IDS, type DatabaseCall, type Request } from "./traffic";

/** One span; times in ms after the start of its trace. */
export interface PlannedSpan {
  service: ServiceName;
  name: string;
  kind: SpanKind;
  start: number;
  end: number;
  status: SpanStatusCode;
  attributes: Attributes;
  children: PlannedSpan[];
}

/** Time that a request and its answer spend on the wire together, in ms. */
const wire = 0.4;

/** Plans the server span of a request and everything below it, all of which is about one thing. */
export function planRequest(request: Request, random: Random): PlannedSpan {
  return planServer(request, random, 0, (random.word() % IDS).toString(16).padStart(8, "0"));
}

function planServer(request: Request, random: Random, start: number, id: string): PlannedSpan {
  const work = random.around(request.median, request.spread);
  // The calls come one after another in the middle of the work.
  const children: PlannedSpan[] = [];
  let now = start + work / 2;
  for (const call of request.calls ?? []) {
    const child =
      "database" in call
        ? planStatement(request.service, call, random, now)
        : planCall(request.service, call, random, now, id);
    children.push(child);
    now = child.end;
  }
  const end = now + work / 2;
  const status = answer(request, children, random);
  const path = request.path.replace("{id}", id);
  return {
    service: request.service,
    name: request.route === undefined ? request.method : `${request.method} ${request.route}`,
    kind: SpanKind.SERVER,
    ...{ start, end },
    // A client's mistake is no error of the server.
    status: status >= 500 ? SpanStatusCode.ERROR : SpanStatusCode.UNSET,
    attributes: {
      "http.request.method": request.method,
      "http.response.status_code": status,
      ...(request.route === undefined ? {} : { "http.route": request.route }),
      "url.path": path,
      "url.scheme": "http",
      "client.address": "10.42.0.1",
      "server.address": request.service,
      "server.port": 80,
      ...(services[request.service].instrumentation === "sdk" && {
        // SDKs still write the names that HTTP attributes had before 2023, beside the new ones or instead of them.
        ...{ "http.method": request.method, "http.status_code": status, "http.target": path },
      }),
    },
    children:
      services[request.service].instrumentation === "beyla"
        ? insideServer(request.service, start, end, work, children)
        : children,
  };
}

/** A server hands on the failure of whom it called. */
function answer(request: Request, calls: PlannedSpan[], random: Random): number {
  if (request.failures !== undefined && random.happens(request.failures.share)) return request.failures.status;
  const statuses = calls.map(({ attributes }) => Number(attributes["http.response.status_code"] ?? 200));
  return Math.max(200, ...statuses);
}

/** Beyla splits a server span: waiting for a worker, then working; the calls hang below the second part. */
function insideServer(
  service: ServiceName,
  start: number,
  end: number,
  work: number,
  calls: PlannedSpan[],
): PlannedSpan[] {
  const begun = start + work * 0.05;
  const part = { service, kind: SpanKind.INTERNAL, status: SpanStatusCode.UNSET, attributes: {} };
  return [
    { ...part, name: "in queue", start, end: begun, children: [] },
    { ...part, name: "processing", start: begun, end, children: calls },
  ];
}

/** The client's half of a call, with the server's half below it. */
function planCall(caller: ServiceName, request: Request, random: Random, start: number, id: string): PlannedSpan {
  const server = planServer(request, random, start + wire / 2, id);
  const status = Number(server.attributes["http.response.status_code"]);
  return {
    service: caller,
    // A client does not know the server's route.
    name: request.method,
    kind: SpanKind.CLIENT,
    start,
    end: server.end + wire / 2,
    status: status >= 400 ? SpanStatusCode.ERROR : SpanStatusCode.UNSET,
    attributes: {
      "http.request.method": request.method,
      "http.response.status_code": status,
      "url.full": `http://${request.service}${request.path.replace("{id}", id)}`,
      "server.address": request.service,
      "service.peer.name": request.service,
    },
    children: [server],
  };
}

/** A statement has no server half: the database sends no spans. */
function planStatement(service: ServiceName, call: DatabaseCall, random: Random, start: number): PlannedSpan {
  return {
    service,
    name: `${call.operation} ${call.table}`,
    kind: SpanKind.CLIENT,
    start,
    end: start + random.around(call.median, call.spread),
    status: SpanStatusCode.UNSET,
    attributes: {
      "db.system": "postgresql",
      "db.system.name": "postgresql",
      "db.namespace": call.database,
      "db.operation.name": call.operation,
      "db.collection.name": call.table,
      "server.address": "postgres",
      "server.port": 5432,
    },
    children: [],
  };
}
