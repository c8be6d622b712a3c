/** Mocha suites that have a Prometheus of each major, or are skipped with the reason where there can be none. */
import { findPrometheus, PROMETHEUS_MAJORS, type PrometheusMajor } from "./findProgram";
import { startPrometheus, type Prometheus } from "./prometheus";
import { readState, type State } from "./series";
import { inFullRun, skipWithout } from "./skip";

/**
 * Declares a suite for each major, since they do not answer alike: the range `[1m]` of 3 leaves out the sample that is
 * a minute old. A run that is not full makes do with 3, where it is there.
 * @param declare declares the suite's tests and hooks; one that is skipped has its reason
 */
export function describeMajors(title: string, declare: (major: PrometheusMajor) => void): void {
  for (const major of PROMETHEUS_MAJORS) {
    const isFor = major === 2 && !("missing" in findPrometheus(3)) ? inFullRun : { describe };
    isFor.describe(`${title} (Prometheus ${major})`, function () {
      before(function () {
        skipWithout(this, findPrometheus(major));
      });
      declare(major);
    });
  }
}

/**
 * Declares a suite on captured series, for each major. The servers start before its first test and stop after its last.
 * @param title the title of the suite
 * @param states the captured states, each of which gets a server: put together, their series would be one Tempo's
 * @param declare declares the tests; they, but not `declare` itself, may call `server`
 */
export function describePrometheus(
  title: string,
  states: readonly State[],
  declare: (server: (state: State) => Prometheus) => void,
): void {
  describeMajors(title, (major) => {
    const servers = new Map<State, Prometheus>();

    before(async () => {
      // All are settled before one failure is told: `after` stops those that did start.
      const starts = states.map(async (state) => servers.set(state, await startPrometheus(readState(state), major)));
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
