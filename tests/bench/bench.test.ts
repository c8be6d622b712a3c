import assert from "node:assert/strict";
import { startTool } from "../support/tool";

describe("npm run bench", function () {
  it("tells everything that is wrong with its words, and how it is used", async () => {
    const words = ["--only", "program,tempus", "--turns", "0", "--roundz", "2", "--chart"];
    const { status, stdout, stderr } = await startTool("bench", words).result;
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /^--only "program,tempus": write some of program,growth,cli,ready,tempo,without$/m);
    assert.match(stderr, /^--turns "0": write a number of times, such as 9$/m);
    assert.match(stderr, /^--roundz: an unknown option\. Did you mean --rounds\?$/m);
    assert.match(stderr, /^--chart has no value\. Write the path of the chart$/m);
    assert.match(stderr, /\n\nnpm run bench -- \[--only PARTS\]/);
  });

  it("says it when it is asked, and what a machine lacks instead of measuring it", async () => {
    const help = await startTool("bench", ["--help"]).result;
    assert.deepEqual([help.status, help.stderr], [0, ""]);
    assert.match(help.stdout, /^npm run bench -- /);
    const { status, stdout } = await startTool("bench", ["--only", "cli,ready,tempo"], { PATH: "/nowhere" }).result;
    assert.equal(status, 0);
    assert.match(stdout, /## Whole previews\n\nNot measured: no pulumi on the PATH\.\n/);
    assert.match(stdout, /## Time to ready\n\nNot measured: no pulumi on the PATH\.\n/);
    assert.match(stdout, /## Tempo\n\nNot measured: no tempo on the PATH\.\n/);
  });
});
