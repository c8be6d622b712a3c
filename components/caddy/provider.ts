import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import type { dynamic } from "@pulumi/pulumi";
import type { RouteJson } from "./route";
import { CaddyChanged, CaddyError, CaddyInterrupted, CaddyRefused, CaddySilent, openCaddy, type Change } from "./admin";
import { findRoute, isSettled, nextChange, obstacles, removal } from "./changes";

/**
 * Creates, reads, changes and deletes the one route of this stack in a Caddy. Pulumi runs it in a process of its own,
 * which loads it by the path of caddy/provider.ts: it imports as little as it can, because the program is not part of
 * it.
 */
export interface ManagedRouteInputs {
  /** URL of the admin API. */
  readonly adminUrl: string;
  /** The HTTP server that gets the route; absent: chosen by its port. */
  readonly server?: string;
  readonly route: RouteJson;
}

/** What the state has: the inputs, with the server that was chosen. */
interface ManagedRouteState extends ManagedRouteInputs {
  readonly server: string;
}

/** How often a change is tried while others change the configuration at the same time. */
const ATTEMPTS = 20;
/** Longest pause before another attempt, in ms. */
const PAUSE = 250;

export const provider = {
  /**
   * Looks at the live route as well, so that an `up` puts back what a restart or a hand took out, without a refresh. A
   * Caddy that does not answer has no opinion: the preflight has warned of it, or refused.
   */
  async diff(_id: string, olds: ManagedRouteState, news: ManagedRouteInputs): Promise<dynamic.DiffResult> {
    const replaces = replacedBy(olds, news);
    // Deleted first: another URL may lead to the same Caddy, where the deletion would hit the new one.
    if (replaces.length > 0) return { changes: true, replaces, deleteBeforeReplace: true };
    if (!isDeepStrictEqual(olds.route, news.route)) return { changes: true };
    try {
      const { config } = await openCaddy(news.adminUrl).read();
      return { changes: !isSettled(config, news) };
    } catch (error) {
      if (!(error instanceof CaddyError)) throw error;
      return { changes: false };
    }
  },

  async create(inputs: ManagedRouteInputs): Promise<dynamic.CreateResult<ManagedRouteState>> {
    return { id: inputs.route["@id"], outs: await settle(inputs, false) };
  },

  /** What somebody wrote into the route becomes the inputs, too, so that the next plan shows it. */
  async read(id: string, state: ManagedRouteState): Promise<dynamic.ReadResult> {
    const { adminUrl } = state;
    const found = findRoute(await repeat(adminUrl, () => undefined), id);
    if (!found) return { id: "", props: {} };
    const { server, route } = found;
    return {
      id,
      props: { adminUrl, server, route },
      ...(!isDeepStrictEqual(route, state.route) && { inputs: { adminUrl, route } }),
    };
  },

  async update(
    _id: string,
    _olds: ManagedRouteState,
    news: ManagedRouteInputs,
  ): Promise<dynamic.UpdateResult<ManagedRouteState>> {
    return { outs: await settle(news, true) };
  },

  async delete(id: string, { adminUrl }: ManagedRouteState): Promise<void> {
    try {
      await repeat(adminUrl, (config) => removal(config, id));
    } catch (error) {
      if (error instanceof CaddySilent) error.message += `. ${IF_IT_IS_GONE}`;
      throw error;
    }
  },
} satisfies dynamic.ResourceProvider;

const IF_IT_IS_GONE =
  "Start it; or, if it is gone for good, take the route out of the state: `pulumi state delete` with the URN of caddy-route";

/** The inputs that mean another route in another place; its `@id` is what the resource is known by. */
function replacedBy(olds: ManagedRouteState, news: ManagedRouteInputs): string[] {
  return [
    ...(olds.adminUrl === news.adminUrl ? [] : ["adminUrl"]),
    ...(news.server === undefined || olds.server === news.server ? [] : ["server"]),
    ...(olds.route["@id"] === news.route["@id"] ? [] : ["route"]),
  ];
}

/** Changes the configuration until it has the route. @param known as {@link obstacles} takes it. */
async function settle({ adminUrl, server, route }: ManagedRouteInputs, known: boolean): Promise<ManagedRouteState> {
  const config = await repeat(adminUrl, (live) => {
    const [obstacle] = obstacles(live, { server, route }, known);
    if (obstacle) throw new CaddyRefused(`caddy.${obstacle.key}: ${obstacle.message}`);
    return nextChange(live, { server, route });
  });
  return { adminUrl, server: findRoute(config, route["@id"])?.server ?? "", route };
}

/**
 * Reads, decides and writes until nothing is left to change. Each change is bound to the configuration that it was decided
 * on: when others were faster, or it is not known what became of it, it is decided anew.
 * @returns the configuration that needs no change
 * @throws what went wrong with Caddy, with its URL and without a stack, which the SDK would print beside the message
 */
async function repeat(adminUrl: string, decide: (config: unknown) => Change | undefined): Promise<unknown> {
  const caddy = openCaddy(adminUrl);
  for (let attempt = 1; ; attempt++) {
    try {
      const live = await caddy.read();
      const change = decide(live.config);
      if (!change) return live.config;
      if (attempt > ATTEMPTS) throw new CaddyRefused("somebody else undoes every change of the route");
      await caddy.write(change, live);
    } catch (error) {
      if (!(error instanceof CaddyError)) throw error;
      const isPassing = error instanceof CaddyChanged || error instanceof CaddyInterrupted;
      if (!isPassing || attempt > ATTEMPTS) {
        error.message = `Caddy at ${adminUrl}: ${error.message}`;
        error.stack = "";
        throw error;
      }
      await sleep(Math.random() * PAUSE);
    }
  }
}
