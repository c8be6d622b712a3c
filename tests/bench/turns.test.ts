import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { withTable } from "../../bench/document";
import { commandsTable } from "../../bench/lib/table";
import { inTurns, ratio, runOnce, spreadOf, type Command, type Measured } from "../../bench/lib/turns";
import { byOwner, type Profile } from "../../bench/program/where";

const cwd = tmpdir();

/** A measured command of made-up wall times. */
function measured(name: string, ...walls: number[]): Measured {
  return { name, runs: walls.map((wall) => ({ wall })), wall: spreadOf(walls) };
}

describe("commands in turns", () => {
  it("are run one after the other, the first turn uncounted", async () => {
    const order: string[] = [];
    const command = (name: string): Command => ({
      name,
      cwd,
      args: ["--eval", "0"],
      prepare: () => {
        order.push(name);
        return {};
      },
    });
    const [one, other] = await inTurns([command("one"), command("other")], 2);
    assert.deepEqual(order, ["one", "other", "one", "other", "one", "other"]);
    assert.deepEqual([one?.runs.length, other?.runs.length], [2, 2]);
  });

  it("tell their own CPU time and memory, and not that of what they start", async () => {
    // By its own CPU time, not by the clock: on a busy machine a process gets little of 300 ms.
    const busy = "while (process.cpuUsage().user < 600_000);";
    const child = `require("node:child_process").execFileSync(process.execPath, ["--eval", ${JSON.stringify(busy)}])`;
    const own = await runOnce({ name: "busy", cwd, args: ["--eval", busy] });
    const other = await runOnce({ name: "waiting", cwd, args: ["--eval", child] });
    assert.ok((own.cpu ?? 0) >= 600, `${own.cpu ?? 0} ms`);
    assert.ok((other.cpu ?? Infinity) < 600, `${other.cpu ?? 0} ms`);
    assert.ok(other.wall > 600 && (own.memory ?? 0) > 10);
  });

  it("end the bench when one fails, with what it said", async () => {
    const command = { name: "the broken one", cwd, args: ["--eval", "throw new Error('no luck')"] };
    await assert.rejects(inTurns([command], 1), /the broken one ended with status 1:[^]*no luck/);
  });

  it("are compared turn by turn, so that a machine that slows down changes no ratio", () => {
    const [one, other] = [measured("one", 10, 20, 40), measured("other", 5, 10, 20)];
    assert.deepEqual(ratio(one, other, "wall"), { median: 2, min: 2, max: 2 });
    const text = commandsTable([one, other], (each) => [ratio(each, other, "wall")]);
    assert.match(text, /\| one \| 20 \(10 to 40\) \|.*\| 2\.00 \(2\.00 to 2\.00\) \|/);
  });
});

describe("the document of the bench", () => {
  const document = "# T\n\n<!-- one: begin -->\n\nold\n\n<!-- one: end -->\n\nThe rest.\n";

  it("gets a table in its place, again and again", () => {
    const once = withTable(document, "one", "| new |");
    assert.equal(once, "# T\n\n<!-- one: begin -->\n\n| new |\n\n<!-- one: end -->\n\nThe rest.\n");
    assert.equal(withTable(once, "one", "| new |"), once);
  });

  it("must have a place for it", () => {
    assert.throws(() => withTable(document, "two", ""), /no "<!-- two: begin -->" with an "<!-- two: end -->"/);
  });
});

describe("where the time goes", () => {
  const root = "/project";
  const frame = (id: number, url: string, functionName = "", children: number[] = []) => ({
    id,
    callFrame: { url, functionName },
    children,
  });

  it("is by the nearest file on the stack, whoever does the work", () => {
    const profile: Profile = {
      nodes: [
        frame(1, "", "(root)", [2, 5, 6, 7]),
        frame(2, "file:///project/components/tempo/index.ts", "Tempo", [3]),
        frame(3, "node:internal/modules/cjs/loader", "wrapSafe", [4]),
        frame(4, "/project/node_modules/zod/index.cjs", "", []),
        frame(5, "", "(garbage collector)"),
        frame(6, "", "(idle)"),
        frame(7, "node:internal/bootstrap", "start"),
      ],
      samples: [2, 3, 4, 5, 6, 7],
      timeDeltas: [1_000, 2_000, 4_000, 8_000, 16_000, 32_000],
    };
    assert.deepEqual(Object.fromEntries(byOwner(profile, root)), {
      "our settings, components and checks": 3,
      "zod: rules of the settings": 4,
      "garbage collection": 8,
      "Node: its start, and what nobody here asks for": 32,
    });
  });
});
