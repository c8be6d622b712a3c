import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { z } from "zod";
import { collectorRules } from "../../components/grafana/alerts/collector";
import { serviceRules, tempoRules } from "../../components/grafana/alerts/rules";
import { ownSeries } from "../../components/grafana/queries/own";
import { storageRules } from "../../components/storage/volume/alerts";
import { watchedCollector } from "../../components/collector/metrics";
import type { ServiceAlert } from "../../components/contracts/settings";
import { schema } from "../../stack/schema";
import {
  alertExpressions,
  contentsOf,
  dashboardExpressions,
  OWNER,
  panelsOf,
} from "../components/grafana/support/expressions";
import { ROOT, settingsOf } from "../stack/program/stacks";
import { describePrometheus } from "../support/describePrometheus";
import { assertLogQL } from "../support/logql";
import { assertPromQL } from "../support/promql";
import { readState, type State } from "../support/series";
import { assertTraceQL } from "../support/traceql";

const RUNBOOKS = join(ROOT, "docs", "runbooks");
const read = (path: string): string => readFileSync(path, "utf8");

/** In a page that is not about one service. */
const someService: ServiceAlert = { name: "NAME", errorRatio: 0.05, latency: { ms: 2000, text: "2s" } };
/** With all that there can be. */
const own = ownSeries(settingsOf("prod"), OWNER);
const ofVolume = storageRules(settingsOf("prod", { storage: { adaptiveRetention: true } }), own);
const collector = watchedCollector(settingsOf("prod"), OWNER);
const ofCollector = collector ? collectorRules(collector, own) : [];
const ofServices = serviceRules(someService, { minimumRequests: 20 }, own);
const rules = [...tempoRules(own), ...ofVolume, ...ofCollector, ...ofServices];

/** The pages that an alert links to, each with its text. */
const pages = [...new Set(rules.map(({ runbook }) => runbook))].map((page) => {
  const path = join(RUNBOOKS, `${page}.md`);
  return { page, path, text: existsSync(path) ? read(path) : "" };
});

const contents = contentsOf();

describe("the runbooks of alerts", () => {
  for (const { title, runbook } of rules) {
    it(`there is a page for "${title}" that names it`, () => {
      const { path, text } = pages.find(({ page }) => page === runbook) ?? { path: runbook, text: "" };
      const [heading = ""] = text.split("\n## ");
      assert.ok(heading.includes(`"${title}"`), `${relative(ROOT, path)} has no "${title}" above its first section`);
    });
  }

  it("each page belongs to an alert, or to no alert at all", () => {
    const known = new Set(pages.map(({ page }) => `${page}.md`));
    for (const file of readdirSync(RUNBOOKS)) {
      if (known.has(file)) continue;
      assert.doesNotMatch(read(join(RUNBOOKS, file)), /^\*\*Alerts?:\*\*/m, `${file}: no rule links to it`);
    }
  });

  for (const { page, text } of pages) {
    describe(page, () => {
      it("says what it means, how to see it, what to do, and when not to", () => {
        const sections = [...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
        assert.deepEqual(sections, ["What it means", "How to see it", "What to do", "False positives"]);
      });

      it("says whether data are lost or delayed", () => {
        const [, meaning = ""] = text.split("## What it means");
        assert.match(meaning.split("\n## ")[0] ?? "", /\b(lost|loses?|delayed|missing|not made up for)\b/i);
      });

      it("names panels that exist", () => {
        const named = [...text.matchAll(/_([^_\n]+)_ › _([^_\n]+)_((?:(?:,| and) _[^_\n]+_(?! ›))*)/g)];
        assert.ok(named.length > 0, "no panel is named");
        for (const [, title = "", first = "", others = ""] of named) {
          const dashboard = contents.dashboards.find((candidate) => candidate.title === title);
          assert.ok(dashboard, `there is no dashboard "${title}"`);
          const titles = panelsOf(dashboard.json).map((panel) => panel.title);
          for (const panel of [first, ...[...others.matchAll(/_([^_]+)_/g)].map(([, other = ""]) => other)]) {
            assert.ok(titles.includes(panel), `"${title}" has no panel "${panel}"`);
          }
        }
      });

      it("has queries that parse", () => {
        for (const query of blocks(text, "promql")) assertPromQL(query);
        for (const query of blocks(text, "logql")) assertLogQL(query);
        for (const query of blocks(text, "traceql")) assertTraceQL(query);
      });

      it("names the pod, container, Service and claim that are deployed", () => {
        for (const command of blocks(text, "sh").flatMap((block) => block.split("\n"))) {
          if (!command.includes("kubectl")) continue;
          const ofOther = page.startsWith("collector-") && collector;
          const target = ofOther ? `--context ${collector.kubeContext} -n ${collector.namespace}` : "-n monitoring";
          assert.ok(command.includes(`kubectl ${target} `), command);
          const logs = ofOther ? `daemonset/${collector.name}` : "tempo-0 -c (tempo|guard)";
          if (command.includes(" logs ")) assert.match(command, new RegExp(` logs ${logs}( |$)`), command);
        }
      });
    });
  }

  it("name metrics that a real Tempo has", () => {
    const known = knownMetrics();
    for (const { page, text } of pages) {
      for (const [name] of text.matchAll(
        /\b(?:tempo|tempodb|traces|prometheus_remote_storage|alloy|beyla|otelcol)_[a-z_]+/g,
      )) {
        assert.ok(known.has(name), `${page}: ${name}`);
      }
    }
  });
});

describePrometheus("queries of the runbooks", ["loaded", "volume", "collector"], (server) => {
  const states = new Map<string, State>([
    ...ofVolume.map(({ runbook }) => [runbook, "volume"] as const),
    ...ofCollector.map(({ runbook }) => [runbook, "collector"] as const),
  ]);
  for (const { page, text } of pages) {
    for (const query of blocks(text, "promql")) {
      it(`return something: ${page}: ${query.trim()}`, async () => {
        const prometheus = server(states.get(page) ?? "loaded");
        // The service of the capture that fails some of its requests.
        const samples = await prometheus.query(query.replaceAll("NAME", "ollama"));
        assert.notEqual(samples.length, 0);
      });
    }
  }
});

describe("settings that the documents name", () => {
  const files = (readdirSync(join(ROOT, "docs"), { recursive: true }) as string[]).filter((file) =>
    file.endsWith(".md"),
  );
  for (const file of files) {
    it(`exist: ${file}`, () => {
      for (const path of settingsIn(read(join(ROOT, "docs", file)))) assert.ok(isSetting(path), path);
    });
  }
});

describe("links to a section", () => {
  const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard", "*.md"], { cwd: ROOT, encoding: "utf8" });
  for (const file of files.split("\n").filter(Boolean)) {
    it(`lead to one in ${file}`, () => {
      const path = join(ROOT, file);
      for (const [, target = "", anchor = ""] of read(path).matchAll(/\]\(([^)#\s]*)#([^)\s]+)\)/g)) {
        if (/^[a-z]+:/.test(target)) continue;
        const text = read(target === "" ? path : join(dirname(path), target));
        assert.ok(anchorsOf(text).has(anchor), `${target}#${anchor}`);
      }
    });
  }
});

/** The texts of a page's fenced blocks in a language. */
function blocks(text: string, language: string): string[] {
  const fence = new RegExp(String.raw`^( *)\x60{3}${language}\n([\s\S]*?)^ *\x60{3}$`, "gm");
  return [...text.matchAll(fence)].map(([, indent = "", body = ""]) =>
    body.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  );
}

/** Metrics of Tempo's own page, of the captured series, and those that this project queries before they exist. */
function knownMetrics(): Set<string> {
  const own = JSON.parse(read(join(ROOT, "tests", "fixtures", "series", "metrics.json"))) as Record<string, unknown>;
  const captured = [...readState("loaded").series, ...readState("volume").series].map(({ selector }) =>
    selector.replace(/\{.*/, ""),
  );
  const queried = [...dashboardExpressions(contents), ...alertExpressions(contents)].flatMap(({ expr }) =>
    [...expr.matchAll(/[a-z]\w+/g)].map(([name]) => name),
  );
  return new Set([...Object.keys(own), ...captured, ...queried]);
}

/** Paths of settings: `limits.ingestionRate` in code, and what `pulumi config set` is given. */
function settingsIn(text: string): Set<string> {
  const sections = Object.keys(schema).join("|");
  const inCode = [...text.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = ""]) => {
    const path = new RegExp(String.raw`^(?:${sections})\.[\w.[\]]+$`).exec(code);
    return path ? [path[0]] : [];
  });
  const inCommands = [...text.matchAll(/pulumi config set((?: --\w+)*) '?([A-Za-z][\w.]*(?:\[\d*\][\w.]*)*)/g)].map(
    ([, , path = ""]) => path,
  );
  // Files are named like settings: `prometheus.ts`; so are parts of Tempo's own file, and Alloy's components.
  const others = /\.(ts|md|ya?ml|mjs)$|^storage\.trace\.|^prometheus\.(scrape|remote_write)$/;
  return new Set([...inCode, ...inCommands].filter((path) => !others.test(path)));
}

/** Whether the schema has a setting; of a map any key. */
function isSetting(path: string): boolean {
  const [first = "", ...keys] = path.replaceAll(/\[\d*\]/g, "").split(".");
  let type: unknown = Object.hasOwn(schema, first) ? schema[first as keyof typeof schema] : undefined;
  for (const key of keys) {
    type = inner(type);
    if (type instanceof z.ZodRecord) return true;
    if (type instanceof z.ZodArray) type = inner(type.element);
    if (!(type instanceof z.ZodObject)) return false;
    type = (type.shape as Record<string, unknown>)[key];
  }
  return type !== undefined;
}

/** A type without what stands around it: defaults, preprocessing. */
function inner(type: unknown): unknown {
  if (type instanceof z.ZodDefault || type instanceof z.ZodPrefault || type instanceof z.ZodOptional) {
    return inner(type.unwrap());
  }
  if (type instanceof z.ZodPipe) return inner(type.in instanceof z.ZodTransform ? type.out : type.in);
  return type;
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): Set<string> {
  const headings = text.replaceAll(/^ *```[\s\S]*?^ *```/gm, "").matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading = ""]) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
        .trim()
        .replaceAll(" ", "-"),
    ),
  );
}
