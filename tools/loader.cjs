// What Node loads before everything else (`node --require`): TypeScript without a type check, which belongs to
// `npm test`, and nothing that a program does not use. docs/performance.md has what each part is worth.
const Module = require("node:module");

const ownJs = Module._extensions[".js"];
const { _resolveFilename } = Module;
try {
  // For CommonJS alone: its hooks for ES modules start a thread, and make every import a question to it.
  require("tsx/cjs");
} catch (error) {
  if (error?.code !== "MODULE_NOT_FOUND") throw error;
  // Node would answer with the stack trace of a loader.
  console.error(
    "The dependencies of this project are not installed. Run `npm ci` (or `pulumi install`) in its folder first.",
  );
  process.exit(1);
}
// tsx for TypeScript, which is ours alone. It would also read each of the packages' 1,500 files for syntax that they
// do not have, and resolve their imports by a tsconfig that they do not know.
Module._extensions[".js"] = ownJs;
Module._resolveFilename = _resolveFilename;

require("./loader/traces.cjs");
require("./loader/late.cjs");

// From Node 22: what was compiled is kept by the hash of its source, in Node's own cache.
Module.enableCompileCache?.();
