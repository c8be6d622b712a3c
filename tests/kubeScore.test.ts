/** kube-score on every object of both stacks: what the program registers, and what the stand-in of Tempo's chart makes of its values. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./stack/program/stacks";
import { findBuilt } from "./support/findProgram";
import { skipWithout } from "./support/skip";

interface Scored {
  readonly object_name: string;
  readonly checks: readonly {
    readonly check: { readonly id: string };
    readonly skipped: boolean;
    readonly grade: number;
    readonly comments: readonly { readonly path: string; readonly summary: string }[] | null;
  }[];
}

/** Optional checks of kube-score that hold here, besides its own choice. */
const OPTIONAL = ["container-ports-check", "container-seccomp-profile"];

/** What kube-score calls well. */
const OK = 10;

/** Findings that stay, by how they begin (`check: summary: object, container`), each with the reason. */
const REFUSED: Readonly<Record<string, string>> = {
  "container-image-pull-policy: ":
    "A pinned tag is the same image at each pull, and a registry that is down would keep a pod from starting",
  "container-ephemeral-storage-request-and-limit: Ephemeral Storage limit is not set: ":
    "A limit evicts the pod, and what Tempo has in memory goes with it: lib/schema/kubernetes.ts. The requests are there",
  "container-resources: CPU limit is not set: StatefulSet tempo, guard":
    "A throttled guard measures too late; its memory is limited. The seed runs the same script once",
  "container-security-context-user-group-id: The container is running with a low user ID: DaemonSet tempo-collector, alloy":
    "eBPF needs uid 0: a capability counts for another user only where the image's file has it as well",
  "container-security-context-user-group-id: The container running with a low group ID: DaemonSet tempo-collector, alloy":
    "As the user's",
  "pod-probes-identical: Container has the same readiness and liveness probe: StatefulSet tempo":
    "Only /ready tells of a part that has ended. Unready after 6 s, restarted after 40 s, and never while a WAL is replayed: components/tempo/postrender.mjs",
  "statefulset-has-servicename: ":
    "The chart's Service has an address, which senders and the tailnet need; nobody asks for the one pod by a name of its own",
  "pod-networkpolicy: The pod does not have a matching NetworkPolicy: StatefulSet tempo":
    "The stack `local` leaves networkPolicy out",
  "pod-networkpolicy: The pod does not have a matching egress NetworkPolicy: ":
    "What goes out goes to addresses of the settings, often names of DNS, which a NetworkPolicy cannot hold",
};

describe("kube-score", () => {
  let programs: Record<"kube-score" | "helm", string>;
  before(function () {
    const found = findBuilt("kube-score", "helm");
    skipWithout(this, found);
    if (!("missing" in found)) programs = found;
  });

  /** What kube-score finds in a stack: `check: summary: object, container`. */
  function findings(stack: string): string[] {
    const golden = join(ROOT, "tests", "golden", stack);
    const release = join(golden, "charts", "tempo-release");
    const values = ["--values", join(release, "values.yaml"), "--set-file", `config=${join(release, "tempo.yaml")}`];
    const chart = join(ROOT, "tests", "engine", "chart");
    const made = execFileSync(programs.helm, ["template", "tempo", chart, "--namespace", "monitoring", ...values]);
    const postrender = join(ROOT, "components", "tempo", "postrender.mjs");
    const deployed = execFileSync(process.execPath, [postrender], { input: made });

    const files = readdirSync(join(golden, "manifests"), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".yaml"))
      .map((file) => join(golden, "manifests", file));
    assert.ok(files.length > 3);
    const options = ["--output-format", "json", ...OPTIONAL.flatMap((check) => ["--enable-optional-test", check])];
    const { stdout, stderr } = spawnSync(programs["kube-score"], ["score", ...options, "-", ...files], {
      input: deployed,
      encoding: "utf8",
    });
    assert.ok(stdout.startsWith("["), stderr);
    return (JSON.parse(stdout) as Scored[]).flatMap(({ object_name: name, checks }) => {
      const [kind = ""] = name.split("/");
      const object = `${kind} ${name.split("/").at(-1)}`;
      return checks
        .filter(({ skipped, grade }) => !skipped && grade < OK)
        .flatMap(({ check, comments }) =>
          (comments ?? []).map(({ path, summary }) => {
            const container = path === "" ? "" : `, ${path}`;
            return `${check.id}: ${summary}: ${object}${container}`;
          }),
        );
    });
  }

  const reasonFor = (finding: string): string | undefined =>
    Object.keys(REFUSED).find((beginning) => finding.startsWith(beginning));

  it("finds nothing in the stacks that is not refused with a reason", () => {
    const all = [...findings("local"), ...findings("prod")];
    assert.deepEqual(
      all.filter((finding) => reasonFor(finding) === undefined),
      [],
    );
    // A reason without its finding is out of date.
    const used = new Set(all.map(reasonFor));
    assert.deepEqual(
      Object.keys(REFUSED).filter((key) => !used.has(key)),
      [],
    );
  });
});
