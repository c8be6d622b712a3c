import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { renderGuardConf } from "../../../../components/storage/volume/guard";
import { ROOT, settingsOf } from "../../../stack/program/stacks";
import { awks } from "./volume";
import { tally, World, type Measurement, type Values } from "./world";
import { FULL_RUN } from "../../../support/skip";

/** More of them: GUARD_HISTORIES=100000 npx mocha tests/components/storage/volume/histories.test.ts */
const HISTORIES = Number(process.env["GUARD_HISTORIES"] ?? (FULL_RUN ? 1_000 : 100));
/** Ten to fifteen minutes each. */
const STEPS = 80;
/** Histories that one process of awk decides at a time. */
const AT_A_TIME = 500;

/** Volumes on which the guard has to be quick, and one on which somebody has said that old traces may go. */
const stacks: readonly Values[] = [{}, { storage: { shortenAtOnceTo: "48h" } }, { volume: { size: "1Gi" } }].map(
  ({ storage = {}, volume = { size: "256Mi" } }) =>
    valuesOf(
      renderGuardConf(
        settingsOf("prod", { volume, storage: { adaptiveRetention: true, minRetention: "24h", ...storage } }),
      ),
    ),
);

describe("the guard's decisions, in random histories", () => {
  const [awk] = awks();

  it(`never do harm (${HISTORIES} histories)`, function () {
    this.timeout(0);
    for (let first = 0; first < HISTORIES; first += AT_A_TIME) {
      const conf = stacks[(first / AT_A_TIME) % stacks.length] ?? assert.fail();
      const [fresh] = decide(awk, conf, [{ state: {}, measurement: { values: {}, blocks: [] } }]);
      const empty = Object.fromEntries(Object.keys(fresh ?? assert.fail()).map((name) => [name, ""]));
      const worlds = Array.from(
        { length: Math.min(AT_A_TIME, HISTORIES - first) },
        (_, index) => new World(first + index, conf, empty),
      );
      for (let step = 0; step < STEPS; step++) {
        const measured = worlds.map((world) => ({ state: world.state, measurement: world.measure() }));
        for (const [index, state] of decide(awk, conf, measured).entries()) worlds[index]?.decide(state);
        for (const world of worlds) world.pass();
      }
      for (const [index, { faults }] of worlds.entries()) {
        const [fault] = faults;
        if (fault !== undefined) assert.fail(`seed ${first + index}: ${fault}`);
      }
    }
    if (HISTORIES > 10_000) console.error(tally);
    // A simulation in which nothing happens finds nothing.
    for (const [name, count] of Object.entries(tally)) assert.ok(count > 0, `no ${name} in ${HISTORIES} histories`);
  });
});

interface Group {
  readonly state: Values;
  readonly measurement: Measurement;
}

/** One decision for each history, by the file that runs beside Tempo. */
function decide(awk: readonly string[] | undefined, conf: Values, groups: readonly Group[]): Values[] {
  const [command = "awk", ...args] = awk ?? [];
  const input = groups.map(({ state, measurement: { values, blocks } }) =>
    [...lines(state), ...lines(values), ...blocks.map(([end, bytes]) => `${end} ${bytes}`), "."].join("\n"),
  );
  const { stdout, stderr, status } = spawnSync(
    command,
    [...args, "-f", join(ROOT, "components/storage/volume/decide.awk")],
    {
      input: `${[...lines(conf), ...input].join("\n")}\n`,
      encoding: "utf8",
      maxBuffer: 2 ** 28,
    },
  );
  assert.equal(status, 0, stderr);
  const decisions = stdout.split("\n.\n").slice(0, -1).map(valuesOf);
  assert.equal(decisions.length, groups.length);
  return decisions;
}

function lines(values: Values): string[] {
  return Object.entries(values).map(([name, value]) => `${name}=${value}`);
}

function valuesOf(text: string): Values {
  return Object.fromEntries(
    text
      .split("\n")
      .filter((line) => /^\w+=/.test(line))
      .map((line) => {
        const at = line.indexOf("=");
        const value = line.slice(at + 1);
        return [line.slice(0, at), /^[0-9.]+$/.test(value) ? Number(value) : value];
      }),
  );
}
