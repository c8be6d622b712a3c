import assert from "node:assert/strict";
import { linesOf, parseConfig } from "../../stack/settings/parse";

const tailnet = { domain: "tail8d86e.ts.net", otlpGrpcHostname: "tempo-grpc" };
const given = (caddy: object, others: object = { tailnet }) => ({ kubeContext: "c", ...others, caddy });
const hostname = "tempo.ops.eblu.me";

describe("rules on the section of Caddy", () => {
  it("has nothing to say about a route of the tailnet's name, nor about one of a URL", () => {
    parseConfig(given({ hostname }));
    parseConfig(given({ hostname, upstream: "http://192.0.2.7:31320/" }, {}));
    parseConfig(given({ hostname, upstream: "https://tempo.tail8d86e.ts.net" }));
    parseConfig(given({ hostname, adminUrl: "http://localhost:2019", server: "srv0" }));
  });

  it("wants an upstream where there is no tailnet", () => {
    assert.deepEqual(linesOf(given({ hostname }, {})), [
      "tempo:caddy.upstream: missing, and there is no tailnet whose name for queries it would be. Write the URL by which Caddy reaches Tempo's query API.",
    ]);
  });

  it("wants no path on the upstream", () => {
    assert.deepEqual(linesOf(given({ hostname, upstream: "https://traces.example.com/tempo/" })), [
      'tempo:caddy.upstream = "https://traces.example.com/tempo/": has a path, which Caddy\'s reverse_proxy does not take. Write https://traces.example.com.',
    ]);
  });

  it("refuses a circle", () => {
    for (const upstream of [`https://${hostname}`, "http://TEMPO.ops.eblu.me:3200"]) {
      assert.deepEqual(linesOf(given({ hostname, upstream })), [
        `tempo:caddy.upstream = "${upstream}": the name that Caddy itself answers: it would ask itself. Write a URL that leads to Tempo past Caddy.`,
      ]);
    }
  });

  it("refuses a name that takes spans and answers no query", () => {
    for (const name of ["tempo-otlp", "tempo-grpc"]) {
      assert.deepEqual(linesOf(given({ hostname, upstream: `https://${name}.tail8d86e.ts.net` })), [
        `tempo:caddy.upstream = "https://${name}.tail8d86e.ts.net": a name for OTLP, which answers no query. Write https://tempo.tail8d86e.ts.net.`,
      ]);
    }
  });

  it("refuses a name of Tempo's own on the tailnet", () => {
    for (const name of ["tempo", "tempo-otlp", "tempo-grpc"]) {
      assert.deepEqual(linesOf(given({ hostname: `${name}.tail8d86e.ts.net`, upstream: "http://192.0.2.7:31320" })), [
        `tempo:caddy.hostname = "${name}.tail8d86e.ts.net": a name of Tempo's on the tailnet, which leads to a proxy of its own. Write a name whose DNS record points to Caddy.`,
      ]);
    }
  });

  it("wants an admin API for the name of a server", () => {
    assert.deepEqual(linesOf(given({ hostname, server: "srv0" })), [
      'tempo:caddy.adminUrl: missing, and caddy.server = "srv0" has no effect without it. Write the URL of Caddy\'s admin API, or leave server out.',
    ]);
  });

  it("says nothing more of what is wrong in itself", () => {
    assert.deepEqual(
      linesOf(given({ hostname, upstream: "tempo", adminUrl: "unix//run/caddy.sock", server: "srv0" }, {})).map(
        (line) => line.split(" ")[0],
      ),
      ["tempo:caddy.upstream", "tempo:caddy.adminUrl"],
    );
    assert.deepEqual(
      linesOf(given({ hostname }, { tailnet: "tail8d86e.ts.net" })).map((line) => line.split(" ")[0]),
      ["tempo:tailnet"],
    );
  });
});
