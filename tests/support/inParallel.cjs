// How `npm test` runs every test file: three at a time, in processes of their own. Not in .mocharc.json, since a file
// that is run alone is better off in one process, where `.only` and a debugger work.
const { readdirSync } = require("node:fs");
const path = require("node:path");

const options = require("../../.mocharc.json");

const files = readdirSync(path.join(__dirname, ".."), { recursive: true })
  .map((file) => `tests/${file.replaceAll("\\", "/")}`)
  .filter((file) => file.endsWith(".test.ts"))
  .sort();

// Mocha hands the files out in this order. Those of the tools wait for most of their time, and are last by the alphabet:
// together at the end they left both cores idle for half a minute. So they come one by one between the others.
const ofTools = files.filter((file) => file.startsWith("tests/tools/"));
const others = files.filter((file) => !file.startsWith("tests/tools/"));
const spec = [];
while (spec.length < files.length) spec.push(...ofTools.splice(0, 1), ...others.splice(0, 2));

module.exports = { ...options, spec, parallel: true, jobs: 4 };
