import assert from "node:assert/strict";
import type { Connection } from "../../stack/clusters";
import { connect } from "../../stack/connect";
import { userError } from "../../lib/errors";
import type { GrafanaConnection } from "../../components/grafana/preflight";
import { planGrafana } from "../../components/grafana/plan";
import { parseConfig } from "./settings/parse";

const settings = parseConfig({ kubeContext: "c", grafana: { url: "http://grafana" } });
const { grafana } = settings;
assert.ok(grafana);
const connection = { grafana, contents: planGrafana(settings, grafana, "tempo.dev") };
const cluster = { cluster: { context: "c" } };
const collector = { cluster: { context: "k3s-ringtail" } };

const is =
  <T>(value: T) =>
  (): Promise<T> =>
    Promise.resolve(value);
const fails = (message: string) => (): Promise<never> => Promise.reject(userError(message));

/** Nothing but Tempo's cluster, unless told otherwise. */
const parts = {
  cluster: is<Connection>(cluster),
  collector: is<Connection | undefined>(undefined),
  grafana: is<GrafanaConnection | undefined>(undefined),
  caddy: (): Promise<void> => Promise.resolve(),
};

describe("connect", () => {
  it("gives the cluster, and the collector's and Grafana where the settings have them", async () => {
    const all = await connect(settings, "o", "", { ...parts, collector: is(collector), grafana: is(connection) });
    assert.deepEqual(all, { cluster, collector, grafana: connection });
    assert.deepEqual(await connect(settings, "o", "", parts), { cluster });
    assert.deepEqual(await connect(settings, "o", "", { ...parts, collector: is(collector) }), { cluster, collector });
  });

  it("asks all at the same time", async () => {
    let asked = 0;
    let free = (): void => undefined;
    const all = new Promise<void>((resolve) => {
      free = resolve;
    });
    const ask = async (): Promise<undefined> => {
      if (++asked === 4) free();
      await all;
      return undefined;
    };
    await connect(settings, "o", "", {
      cluster: () => ask().then(() => cluster),
      collector: ask,
      grafana: ask,
      caddy: ask,
    });
  });

  it("passes on the error of the one that does not fit", async () => {
    for (const part of ["cluster", "collector", "grafana", "caddy"]) {
      await assert.rejects(connect(settings, "o", "", { ...parts, [part]: fails(`no ${part}`) }), {
        message: `no ${part}`,
      });
    }
  });

  it("gives the problems of all in one message, which the engine shows without a stack", async () => {
    const failing = {
      cluster: fails("no cluster:\n  - a"),
      collector: fails("no collector:\n  - b"),
      grafana: fails("no Grafana:\n  - c"),
      caddy: fails("no Caddy:\n  - d"),
    };
    await assert.rejects(connect(settings, "o", "", failing), {
      message: "no cluster:\n  - a\nno collector:\n  - b\nno Grafana:\n  - c\nno Caddy:\n  - d",
      __pulumiRunError: true,
    });
  });

  it("does not hide a fault of the program behind the others' problems", async () => {
    const fault = (): Promise<never> => Promise.reject(new TypeError("a fault"));
    for (const part of ["collector", "grafana", "caddy"]) {
      await assert.rejects(connect(settings, "o", "", { ...parts, cluster: fails("no cluster"), [part]: fault }), {
        name: "TypeError",
        message: "a fault",
      });
    }
  });
});
