import assert from "node:assert/strict";
import { planGrafana } from "../../../components/grafana/plan";
import { LONGEST_UID, serviceKey } from "../../../components/grafana/alerts/uids";
import { sectionOf, settingsOf } from "../../stack/program/stacks";

describe("uids of alert rules", () => {
  it("have a service's name in small letters, digits and '-'", () => {
    assert.equal(serviceKey("frigate"), "frigate");
    assert.equal(serviceKey("Home Assistant (2)"), "home-assistant-2-");
    assert.equal(serviceKey("ä"), "-");
  });

  // settings/rules refuses what would not fit; here is what it lets pass.
  for (const [uidPrefix, room] of [
    ["tempo", 26],
    ["t", 30],
    ["t".repeat(16), 15],
  ] as const) {
    it(`are whole and all different with the longest names that pass: ${uidPrefix}`, () => {
      const names = ["a".repeat(room), `${"a".repeat(room - 1)}b`, "Ü"];
      const settings = settingsOf("prod", {
        grafana: {
          ...sectionOf("prod", "grafana"),
          uidPrefix,
          alerts: { services: names.map((name) => ({ name })) },
        },
      });
      assert.ok(settings.grafana);
      const { alerts } = planGrafana(settings, settings.grafana, "tempo.prod");
      const uids = alerts.flatMap(({ rules }) => rules.map(({ uid }) => uid));
      assert.equal(new Set(uids).size, uids.length);
      for (const uid of uids) assert.ok(uid.length <= LONGEST_UID, uid);
      for (const name of names) {
        for (const end of ["errors", "latency"]) assert.ok(uids.includes(`${uidPrefix}-${serviceKey(name)}-${end}`));
      }
    });
  }
});
