import assert from "node:assert/strict";
import { validateCrossFields } from "../../../stack/rules";
import { findings } from "../../support/findings";

describe("the rules on Grafana", () => {
  const url = "https://grafana.example.com";
  const prometheus = { remoteWriteUrl: "http://prometheus:9090/api/v1/write" };
  const of = (section: object, isSecret?: (key: string) => boolean): string[] =>
    findings({ prometheus, grafana: { url, prometheus: {}, ...section } }, isSecret);
  const secret = (key: string): boolean => key === "grafana";
  const theirs = { ownership: "provisioned" };
  const services = (...names: string[]): object => ({
    prometheus: theirs,
    alerts: { services: names.map((name) => ({ name })) },
  });

  it("has nothing to say where there is none, or only where it is", () => {
    assert.deepEqual(findings({ grafana: {} }), []);
    assert.deepEqual(of({}), []);
    assert.deepEqual(of({ loki: theirs, prometheus: theirs, alerts: { minimumRequests: 5 } }), []);
  });

  it("refuses a credential in plain text and does not repeat it", () => {
    assert.deepEqual(of({ auth: "hunter2" }), [
      "grafana.auth = [plain text]: a secret in plain text. Write it with: pulumi config set --path --secret 'grafana.auth'.",
    ]);
    assert.deepEqual(of({ auth: "hunter2" }, secret), []);
  });

  it("refuses a header in plain text that looks like a credential, and no other", () => {
    for (const name of ["Authorization", "X-Api-Key", "x-token", "Cookie", "X-Secret", "Db-Password"]) {
      assert.equal(of({ tempo: { httpHeaders: { [name]: "hunter2" } } }).length, 1, name);
      assert.deepEqual(of({ tempo: { httpHeaders: { [name]: "hunter2" } } }, secret), []);
    }
    assert.deepEqual(of({ tempo: { httpHeaders: { "X-Scope-OrgID": "homelab" } } }), []);
  });

  it("refuses a secret that would be sent in plain text", () => {
    const [line] = of({ tempo: { jsonData: { token: "hunter2" } } }, secret);
    assert.match(
      line ?? "",
      /^grafana = \[secret\]: holds a secret that is neither auth nor in headers or httpHeaders; /,
    );
    assert.deepEqual(of({ tempo: { jsonData: { a: 1 }, httpHeaders: { b: "c" } } }, secret), []);
  });

  it("wants a URL for what it makes, but knows that of Tempo", () => {
    const created = { ownership: "create" };
    assert.deepEqual(
      of({ tempo: created, loki: created, prometheus: created }).map((line) => line.slice(0, line.indexOf(","))),
      ["grafana.loki.url: missing", "grafana.prometheus.url: missing"],
    );
    assert.deepEqual(of({ loki: { ...created, url: "http://loki:3100" } }), []);
  });

  it("refuses a URL that nobody uses", () => {
    for (const [part, ownership] of [
      ["tempo", "settings-only"],
      ["loki", "settings-only"],
      ["loki", "provisioned"],
    ] as const) {
      assert.deepEqual(of({ [part]: { ownership, url: "http://a" } }), [
        `grafana.${part}.url = "http://a": has no effect with ownership ${ownership}: the URL stays as it is. Leave it out.`,
      ]);
    }
    // It stands in the fragment of a provisioning file.
    assert.deepEqual(of({ tempo: { ...theirs, url: "http://a" } }), []);
  });

  it("leaves to others the links to a data source that takes no part", () => {
    const tempo = { jsonData: { tracesToLogsV2: {}, tracesToMetrics: {}, serviceMap: {} } };
    assert.deepEqual(of({ tempo }), []);
    const refused = (section: object): string[] =>
      of({ tempo, ...section }).map((line) => line.slice("grafana.tempo.jsonData.".length, line.indexOf(":")));
    assert.deepEqual(refused({ loki: theirs }), ["tracesToLogsV2"]);
    assert.deepEqual(refused({ prometheus: theirs }), ["tracesToMetrics", "serviceMap"]);
  });

  it("shows nothing of what stands in jsonData", () => {
    const jsonData = { derivedFields: "hunter2", httpHeaderValue1: "hunter2", httpHeaderName1: "hunter2" };
    for (const ownership of ["create", "settings-only", "provisioned"]) {
      const lines = of({ loki: { ownership, jsonData } });
      assert.ok(lines.length > 0);
      assert.ok(!lines.join().includes("hunter2"), ownership);
    }
  });

  it("refuses two names with one uid, and names without room in it", () => {
    assert.deepEqual(of(services("frigate", "ntfy", "a".repeat(26))), []);
    assert.deepEqual(
      of(services("a b", "a-b", "a b", "a".repeat(27))).map((line) => line.slice(0, line.indexOf(" = "))),
      [1, 2, 3].map((index) => `grafana.alerts.services[${index}].name`),
    );
    assert.deepEqual(of({ ...services("a".repeat(27)), uidPrefix: "temp" }), []);
  });

  it("refuses a latency that no histogram tells", () => {
    const slow = (latency: string): string[] =>
      of({ prometheus: theirs, alerts: { services: [{ name: "a", latency }] } });
    assert.deepEqual(slow("262s"), []);
    assert.equal(slow("262144ms").length, 1);
  });

  it("says nothing about what has an error of its own", () => {
    // As stack/settings.ts hands it over: a part that is wrong is not there.
    const alerts = { minimumRequests: 5, services: [] };
    assert.deepEqual(
      validateCrossFields({ prometheus: undefined, grafana: { url, alerts } }, () => false),
      [],
    );
    assert.deepEqual(
      validateCrossFields({ grafana: { url, prometheus: { uid: "p" } } }, () => false),
      [],
    );
    assert.deepEqual(validateCrossFields({ grafana: { url } }, secret), []);
  });
});
