/** A mocha suite that has a Prometheus for each captured state, or is skipped with the reason where there can be none. */
import { findPrometheus } from "./findProgram";
import { startPrometheus, type Prometheus } from "./prometheus";
import { readState, type State } from "./series";
import { skipWithout } from "./skip";

/** Two cores that compile something else meanwhile need it, in ms. */
const timeout = 60_000;

/**
 * Declares a suite. The servers start before its first test and stop after its last one.
 * @param title the title of the suite
 * @param states the captured states, each of which gets a server: put together, their series would be one Tempo's
 * @param declare declares the tests; they, but not `declare` itself, may call `server`
 */
export function describePrometheus(
  title: string,
  states: readonly State[],
  declare: (server: (state: State) => Prometheus) => void,
): void {
  describe(title, function () {
    this.timeout(timeout);
    const servers = new Map<State, Prometheus>();

    before(async function () {
      skipWithout(this, findPrometheus());
      // All are settled before one failure is told: `after` stops those that did start.
      const starts = states.map(async (state) => servers.set(state, await startPrometheus(readState(state))));
      const failure = (await Promise.allSettled(starts)).find(({ status }) => status === "rejected");
      if (failure !== undefined) await Promise.all(starts);
    });

    after(async () => {
      await Promise.all([...servers.values()].map((server) => server.stop()));
    });

    declare((state) => {
      const server = servers.get(state);
      if (server === undefined) throw new Error(`this suite has no server for "${state}": name it in its states`);
      return server;
    });
  });
}
