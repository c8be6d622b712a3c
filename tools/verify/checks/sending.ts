import { lookup } from "node:dns/promises";
import { send } from "../lib/send";
import { isMissing, type Place } from "../lib/targets";
import { makeTrace, type Protocol, type VerifyTrace } from "../lib/trace";
import { notReceiving } from "../lib/causes";
import { identify } from "../lib/identify";
import { anotherServer, CheckFailure } from "../lib/failure";
import { Skip, type Context, type Passed } from "./context";

/** A trace that Tempo has acknowledged. */
export interface Acknowledged {
  readonly trace: VerifyTrace;
  readonly protocol: Protocol;
  /** Milliseconds of the epoch. */
  readonly at: number;
}

/** Sends a trace; tries again as long as the receiver may be just starting. */
export async function sendTrace(
  context: Context,
  protocol: Protocol,
  seen: (text: string) => void,
): Promise<Passed & Acknowledged> {
  const part = protocol === "http" ? "otlp" : "otlpGrpc";
  const place = context.targets[part];
  if (isMissing(place)) throw new Skip(place.missing);
  if (place.optional) await skipUnknown(place, "--otlp-grpc-url");
  const trace = makeTrace(protocol);
  const { clock, targets } = context;
  let began = 0;
  const attempt = async (): Promise<void> => {
    began = Date.now();
    const tenant = targets.orgId === undefined ? {} : { orgId: targets.orgId };
    const timeout = Math.max(200, Math.min(context.times.export, context.deadline - began));
    await send(trace, { party: context.party(part, place), protocol, clock, timeout, ...tenant });
  };
  try {
    await context.until(attempt, { seen });
  } catch (error) {
    if (!(error instanceof CheckFailure)) throw error;
    const found = error.lasting ? await identify(context.endpoint(place), part) : undefined;
    if (found !== undefined) throw anotherServer(context.party(part, place), found, error.what);
    // Tempo itself may know why.
    const config = error.unanswered ? await context.tempo.config() : undefined;
    const causes = notReceiving({ config }, protocol, place.url);
    throw new CheckFailure(error.what, { causes: [...causes, ...error.causes], more: error.more, lasting: true });
  }
  const at = Date.now();
  const port = protocol === "http" ? place.url.origin : place.url.host;
  return { what: `${trace.spans.length} spans to ${port}`, took: at - began, trace, protocol, at };
}

/** What nobody asked for is no fault where it is not known. @param option that names another. */
export async function skipUnknown({ url }: Place, option: string): Promise<void> {
  try {
    await lookup(url.hostname);
  } catch {
    throw new Skip(`${url.host} is known inside the cluster only: forward its port and give ${option}`);
  }
}
