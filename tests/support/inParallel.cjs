// How `npm test` runs every test file: three at a time, in processes of their own. Not in .mocharc.json, since a file
// that is run alone is better off in one process, where `.only` and a debugger work.
const { readdirSync } = require("node:fs");
const path = require("node:path");

const options = require("../../.mocharc.json");

const files = readdirSync(path.join(__dirname, ".."), { recursive: true })
  .map((file) => `tests/${file.replaceAll("\\", "/")}`)
  .filter((file) => file.endsWith(".test.ts"))
  .sort();

// Mocha hands the files out in this order. The one that takes longest is the first. Some wait for most of their time:
// spread over the whole run they take it beside the others; together they left both cores idle for half a minute.
const waits =
  /^tests\/(tools\/verify|bench\/ready|lib\/kubernetes\/live|components\/monitoring\/prometheus|components\/storage\/guard|support\/apiServer)/;
const waiting = files.filter((file) => waits.test(file));
const longest = "tests/engine/engine.test.ts";
const working = files.filter((file) => !waits.test(file) && file !== longest);
const between = working.length / waiting.length;
const spec = waiting.flatMap((file, at) => [
  file,
  ...working.slice(Math.round(at * between), Math.round((at + 1) * between)),
]);

module.exports = { ...options, spec: [longest, ...spec], parallel: true, jobs: 4 };
