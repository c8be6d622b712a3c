import assert from "node:assert/strict";
import { SECRET } from "../../../tools/offline/project";
import { shownUrl } from "../../../tools/verify/lib/http";
import { isMissing, targetsOf, type Targets } from "../../../tools/verify/lib/targets";
import { sectionOf, settingsOf } from "../../stack/program/stacks";

const none = { urls: {}, uids: {} } as const;

function targets(stack: "prod" | "local", changes = {}, auth?: string, words: object = {}): Targets {
  return targetsOf({ ...none, stack, ...words }, settingsOf(stack, changes), auth, SECRET, "tempo.prod");
}

/** A target for a reader. */
function shown(target: Targets["otlp"]): string {
  return isMissing(target)
    ? target.missing
    : `${shownUrl(target.url)} (${target.from})${target.optional ? " optional" : ""}`;
}

describe("the targets of verify", () => {
  it("are the stack's, through the tailnet where there is one", () => {
    const { query, otlp, otlpGrpc, prometheus, deployment } = targets("prod");
    assert.equal(shown(query), "https://tempo.tail8d86e.ts.net (stack prod)");
    assert.equal(shown(otlp), "https://tempo-otlp.tail8d86e.ts.net (stack prod)");
    assert.equal(shown(otlpGrpc), "http://tempo.monitoring.svc.cluster.local:4317 (stack prod) optional");
    assert.equal(
      shown(prometheus),
      "http://prometheus.monitoring.svc.cluster.local:9090 (prometheus.remoteWriteUrl) optional",
    );
    assert.deepEqual([deployment?.context, deployment?.namespace], ["minikube-indri", "monitoring"]);
  });

  it("are what is given before the stack's", () => {
    const urls = { query: new URL("http://localhost:3200/tempo/"), prometheus: new URL("http://localhost:9090") };
    const { query, prometheus, otlp } = targets("prod", {}, undefined, { urls });
    assert.equal(shown(query), "http://localhost:3200/tempo (--query-url)");
    assert.equal(shown(prometheus), "http://localhost:9090 (--prometheus-url)");
    assert.equal(shown(otlp), "https://tempo-otlp.tail8d86e.ts.net (stack prod)");
  });

  it("say why one is missing", () => {
    const { prometheus, grafana } = targets("local");
    assert.match(shown(prometheus), /the setting prometheus is absent/);
    assert.deepEqual(grafana, { missing: "the setting grafana is absent" });
    const urls = { query: new URL("http://localhost:3200"), otlp: new URL("http://localhost:4318") };
    const { otlpGrpc, grafana: given } = targetsOf({ ...none, urls }, undefined, undefined, SECRET, "tempo.prod");
    assert.deepEqual(otlpGrpc, { missing: "no --otlp-grpc-url is given" });
    assert.deepEqual(given, { missing: "no --grafana-url is given" });
  });

  it("send Grafana its organisation and headers, those of the environment first, and to no other Grafana", () => {
    const grafana = { ...sectionOf("prod", "grafana"), orgId: 2, headers: { "X-A": "a", "X-B": SECRET } };
    const asked = (headers: Record<string, string>, urls = {}) =>
      targetsOf({ ...none, urls, stack: "prod" }, settingsOf("prod", { grafana }), "u:p", SECRET, "tempo.prod", headers)
        .grafana;
    const further = (target: Targets["grafana"]) => (isMissing(target) ? target.missing : target.further);
    assert.deepEqual(further(asked({ "X-B": "b" })), { headers: { "X-A": "a", "X-B": "b" }, orgId: 2 });
    assert.match(
      JSON.stringify(further(asked({}))),
      /^"grafana\.headers\.X-B is encrypted: put the headers into \$GRAFANA_HTTP_HEADERS/,
    );
    const other = { grafana: new URL("http://localhost:3000") };
    assert.deepEqual(further(asked({ "X-C": "c" }, other)), { headers: { "X-C": "c" } });
  });

  it("have Grafana's credential from the environment, for a secret of the stack cannot be read", () => {
    const { grafana } = targets("prod", {}, "glsa_x");
    assert.ok(!isMissing(grafana));
    assert.deepEqual(
      [grafana.auth, grafana.uids],
      ["glsa_x", { tempo: "tempo", loki: "loki", prometheus: "prometheus" }],
    );
    assert.match(JSON.stringify(targets("prod").grafana), /no credential: put the token .* into \$GRAFANA_AUTH"/);
    const section = { ...sectionOf("prod", "grafana"), auth: SECRET };
    const secret = targetsOf(
      { ...none, stack: "prod" },
      { ...settingsOf("prod"), grafana: section as never },
      undefined,
      SECRET,
      "tempo.prod",
    );
    assert.match(JSON.stringify(secret.grafana), /that of grafana\.auth is encrypted/);
  });

  it("do not give the stack's credential to another Grafana", () => {
    const settings = settingsOf("prod");
    const grafana = { ...settings.grafana, auth: "glsa_of_the_stack" } as never;
    const urls = { grafana: new URL("http://localhost:3000") };
    const { grafana: given } = targetsOf(
      { ...none, stack: "prod", urls },
      { ...settings, grafana },
      undefined,
      SECRET,
      "tempo.prod",
    );
    assert.ok(isMissing(given));
  });
});
