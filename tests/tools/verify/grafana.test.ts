import assert from "node:assert/strict";
import { CHECKS } from "../../../tools/verify/lib/report";
import { grafana, type FakeSource } from "./support/grafana";
import { ended, verifyIn } from "./support/run";
import { AUTHORIZATION, sourcesOf, type Weather } from "./support/world";

/** Something is waited for in vain, for as long as this: what shall be found is found in a fraction of it. */
const brief = { wait: 2_000 } as const;

describe("verify where Grafana leads astray", function () {
  /** A world whose data sources are changed. */
  const changed =
    (uid: string, change: Partial<FakeSource>): NonNullable<Weather["sources"]> =>
    (world) =>
      sourcesOf(world).map((source) => (source.uid === uid ? { ...source, ...change } : source));

  it("a wrong URL of the data source", async () => {
    const { report, failed } = await verifyIn({ sources: changed("tempo", { url: "http://127.0.0.1:2" }) });
    assert.match(failed("grafana").what, /at http:\/\/127\.0\.0\.1:2: its own test says: .*ECONNREFUSED/);
    assert.match(failed("grafanaTrace").what, /through Grafana it answers 502/);
    assert.deepEqual(ended(report, "failed"), ["grafana", "grafanaTrace"]);
  });

  it("a data source whose test ends after everything else", async () => {
    const { report, failed } = await verifyIn({
      sources: changed("tempo", { url: "http://127.0.0.1:2", testTakes: 1_500 }),
    });
    assert.match(failed("grafana").what, /its own test says: .*ECONNREFUSED/);
    assert.deepEqual([report.failed, report.checks.length], [2, Object.keys(CHECKS).length]);
  });

  it("a data source of another Tempo", async () => {
    const other = await verifyIn(
      {
        sources: (world) =>
          sourcesOf(world).map((one) => (one.uid === "tempo" ? { ...one, url: world.prometheus } : one)),
      },
      brief,
    );
    assert.match(other.failed("grafana").what, /status 404/);
  });

  it("a uid that is not there, or another type's", async () => {
    const gone = await verifyIn(
      { sources: changed("tempo", { uid: "P1809F7CD0C75ACF3" }) },
      { uids: { tempo: "tempo" } },
    );
    assert.match(gone.failed("grafana").what, /no data source with the uid tempo/);
    assert.match(gone.failed("grafana").causes, /Of the type tempo it has P1809F7CD0C75ACF3 \("Tempo"\)/);
    const type = await verifyIn({ sources: changed("tempo", { type: "jaeger" }) }, { uids: { tempo: "tempo" } });
    assert.match(type.failed("grafana").what, /is of the type jaeger, not tempo/);
  });

  it("finds the only one of its type without a uid, and asks where there are several", async () => {
    const only = await verifyIn({ sources: changed("tempo", { uid: "other" }) });
    assert.match(only.passed("grafanaTrace").what, /other/);
    const several = await verifyIn({
      sources: (world) => [
        ...sourcesOf(world).map((one) => ({ ...one, uid: `${one.uid}-1` })),
        { uid: "tempo-2", name: "Tempo 2", type: "tempo", url: world.query },
      ],
    });
    assert.match(several.failed("grafana").what, /several data sources of the type tempo: tempo-1 .*tempo-2/);
    assert.match(several.failed("grafana").causes, /--tempo-uid UID/);
  });

  it("a credential that it does not know, or that may not read", async () => {
    const { failed, skipped } = await verifyIn({}, { auth: "glsa_wrong_token" });
    assert.match(failed("grafana").causes, /does not know the credential in \$GRAFANA_AUTH/);
    assert.equal(skipped("derivedField").what, "Grafana is not asked, see above");
    const state = { sources: [], authorization: AUTHORIZATION, viewer: "Bearer viewer" };
    const viewer = await verifyIn({ grafana: grafana(() => state) }, { auth: "viewer" });
    assert.match(viewer.failed("grafana").causes, /the role Admin/);
  });

  it("no derived fields: where to take them from", async () => {
    const { failed } = await verifyIn({ sources: changed("loki", { jsonData: {} }) }, { stack: "prod" });
    assert.match(failed("derivedField").what, /has no derived fields/);
    assert.match(
      failed("derivedField").more,
      /pulumi stack output grafanaProvisioning --json --stack prod \| jq -r \.loki/,
    );
  });

  it("Tempo with multi-tenancy behind a data source without a tenant", async () => {
    const { failed, report } = await verifyIn({ tenant: "home" }, { orgId: "home" });
    assert.deepEqual(ended(report, "failed"), ["grafanaTrace"]);
    assert.match(failed("grafanaTrace").causes, /sends no header X-Scope-OrgID/);
  });
});
