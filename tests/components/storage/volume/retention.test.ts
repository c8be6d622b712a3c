import assert from "node:assert/strict";
import { checkShortening } from "../../../../components/storage/volume/retention";
import { renderGuardConf } from "../../../../components/storage/volume/guard";
import type { Settings } from "../../../../components/contracts/settings";
import { settingsOf } from "../../../stack/program/stacks";

const GIB = 1024 ** 3;

function stack(storage: object, changes: object = {}): Settings {
  return settingsOf("prod", { storage: { adaptiveRetention: true, ...storage }, ...changes });
}

/** A guard's page; without the last two it is an older one's. */
function pageOf(used: number, more: Record<string, number> = {}): string {
  const samples = {
    tempo_volume_used_bytes: used,
    tempo_volume_limit_bytes: 10 * GIB,
    tempo_volume_claim_bytes: 10 * GIB,
    ...more,
  };
  return Object.entries(samples)
    .map(([name, value]) => `# TYPE ${name} gauge\n${name} ${value}\n`)
    .join("");
}

const fuller = pageOf(9 * GIB, { tempo_volume_excess_bytes: GIB, tempo_retention_fitting_seconds: 5.4 * 86_400 });
const measuring = renderGuardConf(stack({ adaptiveRetention: false }));

function told(settings: Settings, page: string | undefined, conf: string | undefined = measuring) {
  const { findings, notes } = checkShortening(settings, { conf, page });
  return { problems: findings.map(({ key, message }) => `${key}: ${message}`), notes };
}

describe("switching adaptiveRetention on", () => {
  it("over a fuller volume tells how much would go, and asks for the word", () => {
    assert.deepEqual(told(stack({}), fuller), {
      problems: [
        "storage.adaptiveRetention: the volume is 90 % full, and 1 GiB of it would be deleted within minutes: traces older than 5.38 days. " +
          "Write storage.shortenAtOnceTo = 129h if they may go, or 168h there if they may go for new traces only; " +
          "or a larger volume.size",
      ],
      notes: [],
    });
  });

  it("goes on with the word, and says how much goes", () => {
    const { problems, notes } = told(stack({ shortenAtOnceTo: "129h" }), fuller);
    assert.deepEqual(problems, []);
    assert.deepEqual(notes, [
      "storage.adaptiveRetention: the volume is 90 % full, so within minutes up to 1 GiB of it are deleted: traces older than 5.38 days",
    ]);
    // What is younger than was said stays.
    assert.match(told(stack({ shortenAtOnceTo: "168h" }), fuller).notes.join(""), /older than 7 days$/);
  });

  it("asks an older guard for what it knows", () => {
    const { problems } = told(stack({}), pageOf(9 * GIB));
    assert.match(problems.join(""), /1 GiB of it would be deleted within minutes: the oldest traces\..* = 24h if/);
  });

  it("has nothing to ask where there is room, or comes with the same run", () => {
    assert.deepEqual(told(stack({}), pageOf(8.4 * GIB)), { problems: [], notes: [] });
    assert.deepEqual(told(stack({}, { volume: { size: "20Gi" } }), fuller), { problems: [], notes: [] });
  });

  it("has nothing to ask where it is on already, or stays off", () => {
    const nothing = { problems: [], notes: [] };
    assert.deepEqual(told(stack({}), fuller, renderGuardConf(stack({}))), nothing);
    assert.deepEqual(told(stack({ adaptiveRetention: false }), fuller), nothing);
  });

  it("says so where nobody can be asked: nothing is deleted at once without the word", () => {
    const note =
      "storage.adaptiveRetention: how full the volume is could not be asked of its guard. What is there goes for new traces only";
    assert.deepEqual(told(stack({}), undefined), { problems: [], notes: [note] });
    assert.deepEqual(told(stack({}), undefined, ""), { problems: [], notes: [note] });
    assert.deepEqual(told(stack({ shortenAtOnceTo: "72h" }), undefined).notes, [`${note}, and down to 72h at once`]);
  });
});
