import assert from "node:assert/strict";
import { readArguments } from "../../../tools/verify/lib/arguments";
import { ArgumentsError } from "../../../tools/lib/parseArguments";

const query = ["--query-url", "http://localhost:3200"];
const urls = [...query, "--otlp-url", "http://localhost:4318"];

describe("the words of npm run verify", () => {
  const mistakes: readonly [words: readonly string[], complaint: string][] = [
    [
      [],
      "--query-url: missing. Write it, or --stack NAME\n--otlp-url or --otlp-grpc-url: missing. Write one, or --stack NAME",
    ],
    [query, "--otlp-url or --otlp-grpc-url: missing. Write one, or --stack NAME"],
    [
      ["--stakc", "prod"],
      "--stakc: an unknown option. Did you mean --stack?\nprod: not expected here. Every value belongs to an option",
    ],
    [["--stack"], "--stack has no value. Write the NAME of a Pulumi.NAME.yaml"],
    [["--stack", "prod", "--stack", "local"], "--stack stands there twice. Write it once"],
    [
      ["--stack", "prod", "--query-url", "localhost:3200"],
      '--query-url "localhost:3200": write an http:// or https:// URL, such as http://localhost:3200',
    ],
    [
      ["--stack", "prod", "--otlp-grpc-url", "localhost:4317"],
      '--otlp-grpc-url "localhost:4317": write http://HOST:PORT, or https://HOST:PORT for TLS, such as http://localhost:4317',
    ],
    [
      ["--stack", "prod", "--otlp-grpc-url", "http://localhost:4317/v1/traces"],
      '--otlp-grpc-url "http://localhost:4317/v1/traces": write http://HOST:PORT, or https://HOST:PORT for TLS, such as http://localhost:4317',
    ],
    [
      ["--stack", "prod", "--grafana-url", "https://admin:hunter22@grafana"],
      '--grafana-url "https://[secret]@grafana": write an http:// or https:// URL, such as https://grafana.example.com, and the credential into $GRAFANA_AUTH',
    ],
    [["--stack", "prod", "--timeout", "3"], '--timeout "3": write a time from 10s to 1h, such as 3m'],
    [["--stack", "prod", "--timeout", "9s"], '--timeout "9s": write a time from 10s to 1h, such as 3m'],
    [["--stack", "prod", "--json=yes"], "--json takes no value. Write it alone"],
    [
      ["--stack", "prod", "--loki-uid", "a b"],
      `--loki-uid "a b": write a data source's uid: at most 40 letters, digits, - and _`,
    ],
    [
      ["--stack", "prod", "--org-id", "a\nb"],
      `--org-id "a\\nb": write a tenant of Tempo: letters, digits and !-_.*'()|`,
    ],
  ];
  for (const [words, complaint] of mistakes) {
    it(`are refused: ${words.join(" ") || "none"}`, () => {
      assert.throws(
        () => readArguments(words),
        (error: Error) => error instanceof ArgumentsError && error.message === complaint,
      );
    });
  }

  it("are read", () => {
    const { urls: given, ...others } = readArguments([
      ...["--stack", "prod", "--otlp-url=http://localhost:4318/v1/traces", "--timeout", "90s", "--tempo-uid", "t"],
      ...["--json", "--org-id", "home|work"],
    ]);
    assert.deepEqual(others, {
      ...{ help: false, json: true, stack: "prod", timeout: 90_000, orgId: "home|work", uids: { tempo: "t" } },
    });
    assert.deepEqual(Object.keys(given), ["otlp"]);
    assert.equal(given.otlp?.href, "http://localhost:4318/");
  });

  it("are enough without a stack when both ends are given", () => {
    assert.equal(readArguments(urls).timeout, 180_000);
    assert.equal(
      readArguments([...query, "--otlp-grpc-url", "https://otlp.example.com"]).urls.otlpGrpc?.host,
      "otlp.example.com",
    );
    assert.equal(readArguments(["-h"]).help, true);
  });
});
