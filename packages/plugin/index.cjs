// What Pulumi loads. It has registered its own loader by now, which checks the types of every file at every start:
// tsx, registered after it, does not. Pulumi reads the schema from index.ts, which stands beside this file.
try {
  require("tsx/cjs");
} catch (error) {
  if (error?.code !== "MODULE_NOT_FOUND") throw error;
  throw new Error(
    `The dependencies of this package are not installed. Run \`npm ci\` in ${require("node:path").dirname(__dirname)} first.`,
  );
}
module.exports = require("./index.ts");
