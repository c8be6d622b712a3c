// Stack traces with the lines of our files. Node would read each source map when it compiles a file, those of all
// packages too, and Pulumi's language host has a library of its own for its packages' maps, which finds none of ours;
// here a map is read when a stack trace names its file.
const { Buffer } = require("node:buffer");
const Module = require("node:module");

/** What each of our files was compiled to, with the map at its end. */
const compiled = new Map();
const maps = new Map();

process.setSourceMapsEnabled(false);
const load = Module._extensions[".ts"];
Module._extensions[".ts"] = function (module, filename) {
  const compile = module._compile;
  module._compile = function (code, ...rest) {
    compiled.set(filename, code);
    process.setSourceMapsEnabled(false);
    return compile.call(this, code, ...rest);
  };
  if (module === process.mainModule) process.on("uncaughtException", die);
  // tsx makes a map only where Node would read it.
  process.setSourceMapsEnabled(true);
  load(module, filename);
};

Error.prepareStackTrace = (error, frames) =>
  [titleOf(error), ...frames.map((frame) => `    at ${placed(frame)}`)].join("\n");

function titleOf(error) {
  try {
    return String(error);
  } catch {
    return "<error>";
  }
}

function placed(frame) {
  const text = String(frame);
  const file = frame.getFileName();
  const map = mapOf(file);
  const [line, column] = [frame.getLineNumber(), frame.getColumnNumber()];
  if (!map || line === null || column === null) return text;
  const { originalLine, originalColumn } = map.findEntry(line - 1, column - 1);
  if (originalLine === undefined) return text;
  return text.replace(`${file}:${line}:${column}`, `${file}:${originalLine + 1}:${originalColumn + 1}`);
}

function mapOf(file) {
  const code = compiled.get(file);
  if (code !== undefined && !maps.has(file)) {
    const [, data] = /\n\/\/# sourceMappingURL=data:application\/json;base64,([\w+/=]+)\s*$/.exec(code) ?? [];
    maps.set(file, data && new Module.SourceMap(JSON.parse(Buffer.from(data, "base64").toString())));
  }
  return maps.get(file);
}

/** Node itself would show the line that failed, which after compilation is the whole file. */
function die(error) {
  console.error(error instanceof Error ? error.stack : error);
  process.exit(1);
}
