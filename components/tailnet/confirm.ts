import { setTimeout as sleep } from "node:timers/promises";
import { fullName } from "../contracts/endpoints";
import { type Exposure } from "./ingress";
import type { TailnetSettings } from "../contracts/settings";

/**
 * Whether the tailnet serves the names that the stack promises. The operator gives a name that is taken a suffix and
 * says nothing: `tempo-1` is ours then, and `tempo` is somebody else's machine, which the outputs would point at.
 *
 * Nothing here fails a run: the Ingress is right, what is wrong is outside, and the next `up` looks again.
 */
export interface ConfirmArgs {
  readonly exposure: Exposure;
  readonly tailnet: TailnetSettings;
  readonly namespace: string;
  /** A preview looks once; an `up` waits until `tailnet.addressTimeout`. */
  readonly wait: boolean;
  /** Reads the name in the Ingress's status; undefined while it has none. Rejects when the cluster is silent. */
  readonly readHostname: () => Promise<string | undefined>;
  /** Asks the Tailscale API for the Service or device of a full name; rejects when there is none. */
  readonly lookup?: (name: string) => Promise<void>;
  readonly warn: (message: string) => void;
  readonly clock?: Clock;
}

interface Clock {
  /** Milliseconds of the epoch. */
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

const CLOCK: Clock = { now: () => Date.now(), sleep: (ms) => sleep(ms) };

/** Pauses between two looks, in ms. The provider prints an error of its own for each lookup that finds nothing, so those are few. */
const INTERVALS = { hostname: 2_000, lookup: 15_000 } as const;

/**
 * Looks, and warns.
 * @returns the name that the tailnet gave, or undefined when it gave none in time.
 */
export async function confirmName(args: ConfirmArgs): Promise<string | undefined> {
  const { exposure, tailnet, namespace, warn, lookup, clock = CLOCK } = args;
  const wanted = fullName(exposure.hostname, tailnet);
  const deadline = clock.now() + (args.wait ? tailnet.addressTimeout.ms : 0);
  const ingress = `Ingress ${namespace}/${exposure.ingressName}`;

  const given = await until(clock, deadline, INTERVALS.hostname, async () => {
    const hostname = await args.readHostname();
    if (hostname === undefined) throw new Error("its status has no address");
    return hostname;
  });
  if ("failed" in given) {
    warn(
      `${ingress} has no name on the tailnet${args.wait ? ` after ${tailnet.addressTimeout.text}` : " yet"} (${given.failed}), ` +
        `so that https://${wanted} answers nobody. Look at: kubectl -n ${namespace} describe ingress ${exposure.ingressName}; ` +
        operatorAdvice(tailnet),
    );
    return undefined;
  }
  if (given.value !== wanted) {
    warn(
      `the tailnet gave ${ingress} the name ${given.value}, not ${wanted}, which is another machine's: the outputs of ` +
        `this stack point there. Remove or rename that machine in the admin console, delete the Ingress's proxy, ` +
        "then run `pulumi up` again; or write another hostname.",
    );
  }
  if (!lookup) return given.value;
  const found = await until(clock, deadline, INTERVALS.lookup, () => lookup(given.value));
  if ("failed" in found) {
    warn(
      `the Tailscale API does not know ${lookedUp(given.value, tailnet)} (${found.failed}). ` +
        `Look at the machine in the admin console of ${tailnet.domain}, and at what the credentials may read.`,
    );
  }
  return given.value;
}

/** What the Tailscale API is asked for: a ProxyGroup serves Services, a standalone proxy is a device. */
export function lookedUp(name: string, { proxyGroup }: Pick<TailnetSettings, "proxyGroup">): string {
  return proxyGroup === undefined ? name : `svc:${name.split(".")[0]}`;
}

function operatorAdvice({ proxyGroup }: TailnetSettings): string {
  return proxyGroup === undefined
    ? "kubectl -n tailscale logs deploy/operator."
    : `kubectl get proxygroup ${proxyGroup}; kubectl -n tailscale logs deploy/operator; ` +
        "and autoApprovers.services in the tailnet's policy file.";
}

type Attempt<T> = { readonly value: T } | { readonly failed: string };

/** Tries again until the deadline; at least once. */
async function until<T>(
  clock: Clock,
  deadline: number,
  interval: number,
  attempt: () => Promise<T>,
): Promise<Attempt<T>> {
  for (;;) {
    try {
      return { value: await attempt() };
    } catch (error) {
      if (clock.now() + interval > deadline) {
        return { failed: (error instanceof Error ? error.message : String(error)).trim() };
      }
    }
    await clock.sleep(interval);
  }
}
