import assert from "node:assert/strict";
import { connect } from "../connect";
import { userError } from "../errors";
import { planGrafana } from "../components/grafana/plan";
import { parseConfig } from "./config/parse";

const settings = parseConfig({ kubeContext: "c", grafana: { url: "http://grafana" } });
const { grafana } = settings;
assert.ok(grafana);
const connection = { grafana, contents: planGrafana(settings, grafana, "tempo.dev") };
const cluster = { cluster: { context: "c" } };

const is =
  <T>(value: T) =>
  (): Promise<T> =>
    Promise.resolve(value);
const fails = (message: string) => (): Promise<never> => Promise.reject(userError(message));

describe("connect", () => {
  it("gives the cluster, and Grafana where the settings have one", async () => {
    const both = await connect(settings, "o", { cluster: is(cluster), grafana: is(connection) });
    assert.deepEqual(both, { cluster, grafana: connection });
    const one = await connect(settings, "o", { cluster: is(cluster), grafana: is(undefined) });
    assert.deepEqual(one, { cluster });
  });

  it("asks both at the same time", async () => {
    let asked = 0;
    let free = (): void => undefined;
    const both = new Promise<void>((resolve) => {
      free = resolve;
    });
    const ask = async (): Promise<undefined> => {
      if (++asked === 2) free();
      await both;
      return undefined;
    };
    await connect(settings, "o", { cluster: () => ask().then(() => cluster), grafana: ask });
  });

  it("passes on the error of the one that does not fit", async () => {
    await assert.rejects(connect(settings, "o", { cluster: fails("no cluster"), grafana: is(connection) }), {
      message: "no cluster",
    });
    await assert.rejects(connect(settings, "o", { cluster: is(cluster), grafana: fails("no Grafana") }), {
      message: "no Grafana",
    });
  });

  it("gives the problems of both in one message, which the engine shows without a stack", async () => {
    await assert.rejects(
      connect(settings, "o", { cluster: fails("no cluster:\n  - a"), grafana: fails("no Grafana:\n  - b") }),
      { message: "no cluster:\n  - a\nno Grafana:\n  - b", __pulumiRunError: true },
    );
  });

  it("does not hide a fault of the program behind the other's problems", async () => {
    const fault = (): Promise<never> => Promise.reject(new TypeError("a fault"));
    await assert.rejects(connect(settings, "o", { cluster: fails("no cluster"), grafana: fault }), {
      name: "TypeError",
      message: "a fault",
    });
  });
});
