// What packages, Pulumi's SDK and its language host above all, load or do at their start for work that nothing here asks
// of them. Together it is more than half of what they take. Each part is loaded as soon as somebody does ask.
const Module = require("node:module");

/** What is loaded late, by the package whose files ask for it at their start. */
const LATE = {
  "@pulumi/pulumi": new Set([
    // Turning functions into text, for dynamic providers that have none of their own.
    "typescript",
    "@npmcli/arborist",
    "fdir",
    "normalize-package-data",
    // Reading the manifest of a program that asks for it.
    "js-yaml",
    // Driving the CLI from a program.
    "./automation",
    // Tracing the language host, when it is told where to.
    "@opentelemetry/exporter-zipkin",
    "@opentelemetry/instrumentation",
    "@opentelemetry/instrumentation-grpc",
    "@opentelemetry/resources",
    "@opentelemetry/sdk-trace-base",
    "@opentelemetry/sdk-trace-node",
  ]),
  // Messages in fifty languages.
  zod: new Set(["../locales/index.cjs"]),
  // Builders of dashboards that Grafana 11 does not read.
  "@grafana/grafana-foundation-sdk": new Set(["../dashboardv2", "../dashboardv2beta1"]),
};
const OF_A_PACKAGE = /[\\/]node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]((?:(?![\\/]node_modules[\\/]).)*)$/;

const load = Module._load;
Module._load = function (request, parent, isMain) {
  const exports = () => load.call(this, request, parent, isMain);
  const [, name = "", file] = OF_A_PACKAGE.exec(parent?.filename ?? "") ?? [];
  const owner = name.replace("\\", "/");
  if (LATE[owner]?.has(request)) return late(exports);
  if (owner !== "@pulumi/pulumi") return exports();
  // Maps of the packages alone, read for every promise of the SDK: see traces.cjs.
  const inHost = /^cmd[\\/]run[\\/]/.test(file);
  if (inHost && request === "source-map-support/register") return {};
  // V8's debugger, which then reports every file that is loaded; whoever turns a function into text starts it as well.
  if (inHost && request.endsWith("/closure/v8Hooks")) return { isInitializedAsync: () => Promise.resolve() };
  return /(^|\/)debuggable$/.test(request) ? withoutTraces(exports()) : exports();
};

/** The exports of a module that is loaded when the first of them is asked for. */
function late(load) {
  let loaded;
  const exports = () => (loaded ??= load());
  return new Proxy(
    {},
    {
      // TypeScript's helper would otherwise copy all of them at once.
      get: (_, key) => (key === "__esModule" ? true : key === "default" ? exports() : exports()[key]),
      has: (_, key) => key in exports(),
      ownKeys: () => Reflect.ownKeys(exports()),
      getOwnPropertyDescriptor: (_, key) => {
        const found = Reflect.getOwnPropertyDescriptor(exports(), key);
        return found && { ...found, configurable: true };
      },
    },
  );
}

/** The SDK gives each of its promises a stack trace, and shows it where $PULUMI_DEBUG_PROMISE_LEAKS asks for it. */
function withoutTraces(exports) {
  const { debuggablePromise } = exports;
  if (exports.debugPromiseLeaks || typeof debuggablePromise !== "function" || debuggablePromise.isWithoutTraces) {
    return exports;
  }
  exports.debuggablePromise = (promise, context) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(promise, context);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
  exports.debuggablePromise.isWithoutTraces = true;
  return exports;
}
