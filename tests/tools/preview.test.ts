import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readFiles, renderFiles } from "../../tools/offline/files";
import type { Plan } from "../../tools/offline/run";
import { renderTree } from "../../tools/offline/tree";
import { planOf } from "../stack/program/stacks";
import type { Result } from "../support/tool";
import { isolation, Workshop, type Clone } from "./clone";
import { inFullRun } from "../support/skip";

/** Every line that must not be shown to a person who made a mistake. */
const stackTrace = /^ {4}at |node:internal/m;

describe("npm run preview, in a fresh clone without a network", function () {
  let workshop: Workshop;
  let clone: Clone;

  before(() => {
    console.error(`      the network is cut off by ${isolation.how}`);
    workshop = new Workshop();
    clone = workshop.clone("clean");
    // A stack with mistakes, in the checkout as if somebody were at work on it.
    clone.edit("Pulumi.prod.yaml", "Pulumi.broken.yaml", [
      ["  tempo:retention: 168h\n", "  tempo:retentoin: 168\n  tempo:retention: 168\n"],
      ["    size: 10Gi\n", "    size: 10GB\n"],
      ["tail8d86e.ts.net\n    proxyGroup", "https://tail8d86e.ts.net\n    proxyGroup"],
    ]);
  });

  after(() => {
    workshop.remove();
  });

  describe("of prod", () => {
    let result: Result;
    let plan: Plan;
    let changes: { before: string; after: string };
    before(async () => {
      const before = clone.changes();
      [result, plan] = await Promise.all([clone.preview(), planOf("prod")]);
      changes = { before, after: clone.changes() };
    });

    it("succeeds, and has nothing to complain about", () => {
      assert.deepEqual([result.status, result.stderr], [0, ""]);
    });

    it("shows the cluster, every resource, and every output", () => {
      const lines = result.stdout.split("\n");
      assert.equal(lines[0], "Stack prod of project tempo, planned offline: no engine, no cluster, no account.");
      assert.equal(lines[1], "Cluster: kubeconfig context minikube-indri");
      assert.ok(result.stdout.includes(renderTree(plan)));
      for (const line of [
        "  queryUrl: https://tempo.tail8d86e.ts.net",
        "  otlpUrl: https://tempo-otlp.tail8d86e.ts.net",
        "  namespace: monitoring",
        "  claimName: data-tempo-0",
      ]) {
        assert.ok(lines.includes(line), line);
      }
      const shown = lines.slice(lines.indexOf("Outputs:") + 1).filter((line) => line.startsWith("  "));
      assert.equal(shown.length, Object.keys(plan.outputs).length);
    });

    it("writes every file to out/prod", () => {
      assert.ok(result.stdout.endsWith(`\n${renderFiles(plan).size} files rendered to ${clone.path("out/prod")}\n`));
      const written = readFiles(clone.path("out/prod"));
      assert.deepEqual([...written.keys()], [...renderFiles(plan).keys()]);
    });

    it("writes the same as on every other machine", () => {
      assert.deepEqual(readFiles(clone.path("out/prod")), renderFiles(plan));
    });

    it("leaves the checkout as it was", () => {
      assert.equal(changes.after, changes.before);
    });
  });

  it("--json prints the plan with its files, and nothing else", async () => {
    const { status, stdout, stderr } = await clone.preview("--stack", "local", "--json");
    assert.deepEqual([status, stderr], [0, ""]);
    const { files, outputs, stack } = JSON.parse(stdout) as Plan & { files: Record<string, string> };
    assert.equal(stack, "local");
    assert.equal(outputs["queryUrl"], "http://tempo.monitoring.svc.cluster.local:3200");
    assert.deepEqual(new Map(Object.entries(files)), readFiles(clone.path("out/local")));
  });

  // npm runs scripts in the project's folder and tells where it was called in INIT_CWD.
  it("--out is a path from where npm was called, to a folder that it makes", async () => {
    mkdirSync(clone.path("docs/below"), { recursive: true });
    const { status, stderr } = await clone.previewFrom("docs/below", "--stack", "local", "--out", "../mine/deep");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.deepEqual(readFiles(clone.path("docs/mine/deep")), renderFiles(await planOf("local")));
    assert.equal(existsSync(join(clone.folder, "..", "mine")), false);
  });

  it("--out refuses a folder with other files, and touches none of them", async () => {
    mkdirSync(clone.path("precious/inner"), { recursive: true });
    writeFileSync(clone.path("precious/inner/letter.txt"), "dear");
    const { status, stdout, stderr } = await clone.preview("--stack", "local", "--out", "precious");
    assert.deepEqual([status, stdout], [1, ""]);
    const line = `--out ${clone.path("precious")} holds other files (inner). Name a new or empty folder.`;
    assert.equal(stderr, `${line}\n`);
    assert.deepEqual(readdirSync(clone.path("precious")), ["inner"]);
    assert.equal(readFileSync(clone.path("precious/inner/letter.txt"), "utf8"), "dear");
  });

  it("names every error of a configuration at once, and renders nothing", async () => {
    const { status, stdout, stderr } = await clone.preview("--stack", "broken");
    assert.deepEqual([status, stdout], [1, ""]);
    assert.equal(
      stderr,
      `4 problems in the configuration of stack "broken"; nothing was changed:
  - tempo:retentoin: an unknown key. Did you mean retention?
  - tempo:retention = "168": not a duration. Write a number with a unit, such as 168h, 7d or 90s.
  - tempo:volume.size = "10GB": not a size in bytes. Write a Kubernetes quantity such as 10Gi or 512Mi.
  - tempo:tailnet.domain = "https://tail8d86e.ts.net": not a tailnet's DNS name. Write it as the admin console shows it, such as tail8d86e.ts.net.
`,
    );
    assert.equal(existsSync(clone.path("out/broken")), false);
  });

  describe("where a policy does not hold", () => {
    const ingress = "components/tailnet/ingress.ts";
    const funnel = ['"tailscale.com/funnel": "false"', '"tailscale.com/funnel": "true"'] as const;
    before(() => {
      clone.edit(ingress, ingress, [funnel]);
    });
    after(() => {
      clone.git("checkout", "--quiet", ingress);
    });

    it("renders everything, names each resource, and fails", async () => {
      const { status, stdout, stderr } = await clone.preview();
      assert.deepEqual([status, stderr], [3, ""]);
      const told = stdout.split("\n").filter((line) => line.startsWith("  no-funnel: kubernetes:networking"));
      assert.deepEqual(
        told.map((line) => /Ingress {2}(\S+):/.exec(line)?.[1]),
        ["tailnet-query-ingress", "tailnet-otlp-ingress"],
      );
      assert.ok(readFiles(clone.path("out/prod")).size > 20);
    });

    inFullRun.it("says it in the plan and in the comment as well", async () => {
      const json = await clone.preview("--json");
      const { violations } = JSON.parse(json.stdout) as { violations: { policy: string }[] };
      assert.deepEqual([json.status, violations.map(({ policy }) => policy)], [3, ["no-funnel", "no-funnel"]]);
      const comment = await clone.preview("--against", "HEAD", "--markdown");
      assert.equal(comment.status, 3);
      assert.match(comment.stdout, /^<!-- tempo-preview prod -->\n[\s\S]*no-funnel: kubernetes/);
      assert.match(comment.stdout, /\n\+ +tailscale\.com\/funnel: "true"\n/);
    });
  });

  it("--markdown tells of a failure in the comment, too", async () => {
    const { status, stdout, stderr } = await clone.preview("--stack", "broken", "--against", "HEAD", "--markdown");
    assert.equal(status, 1);
    assert.match(stderr, /tempo:volume\.size = "10GB"/);
    assert.match(
      stdout,
      /^<!-- tempo-preview broken -->\n\n### The offline preview of `broken` fails\n[\s\S]*tempo:volume\.size/,
    );
  });

  it("names the stacks that there are, when one is not", async () => {
    const { status, stdout, stderr } = await clone.preview("--stack", "staging");
    assert.deepEqual([status, stdout], [1, ""]);
    assert.match(stderr, /^There is no Pulumi\.staging\.yaml\. The stacks here: broken, local, prod\.\n$/);
    assert.equal(existsSync(clone.path("out/staging")), false);
  });

  describe("with words that make no sense", () => {
    const mistakes: [args: string[], complaint: RegExp][] = [
      [["--nonsense"], /^Unknown option '--nonsense'/],
      [["prod"], /^Unexpected argument 'prod'/],
      [["--stack"], /^Option '--stack <value>' argument missing/],
      [["--markdown"], /^--markdown shows changes: give --against REF too\./],
      [["--json", "--markdown", "--against", "HEAD"], /^--json and --markdown exclude each other\./],
    ];
    let results: Result[];
    before(async () => {
      results = await Promise.all(mistakes.map(([args]) => clone.preview(...args)));
    });

    for (const [index, [args, complaint]] of mistakes.entries()) {
      it(`says how it is used: ${args.join(" ")}`, () => {
        const { status, stdout, stderr } = results[index] ?? assert.fail();
        assert.deepEqual([status, stdout], [2, ""]);
        assert.match(stderr, complaint);
        assert.match(stderr, /\n\nnpm run preview -- \[--stack NAME\]/);
        assert.doesNotMatch(stderr, stackTrace);
      });
    }

    it("says it when it is asked, too", async () => {
      const { status, stdout, stderr } = await clone.preview("--help");
      assert.deepEqual([status, stderr], [0, ""]);
      for (const option of ["--stack", "--out", "--against", "--json", "--markdown"])
        assert.ok(stdout.includes(option));
    });
  });

  it("says what to do where nothing is installed, without a stack trace", async () => {
    const bare = workshop.clone("bare", undefined, false);
    const { status, stdout, stderr } = await bare.preview();
    assert.deepEqual([status, stdout], [1, ""]);
    assert.equal(
      stderr,
      "The dependencies of this project are not installed. Run `npm ci` (or `pulumi install`) in its folder first.\n",
    );
  });
});
