import { SERVICE } from "../contracts/attributes";
import { routeExpression } from "../../lib/schema/routePattern";
import type { CollectorSettings, InstrumentedService } from "../contracts/settings";
import { block, type Block } from "../alloy/syntax";

/**
 * What happens to each span before it leaves, as statements of OTTL (OpenTelemetry Transformation Language).
 */

/** Attributes that hold a URL, by today's and by earlier semantic conventions: credentials may stand in it as well. */
const URLS = ["url.full", "url.original", "http.url"] as const;

/** Attributes that hold a path, perhaps with a query. */
const PATHS = ["url.path", "http.target"] as const;

/** Attributes that are nothing but what must not be said. */
const UNSAID = ["url.query", "url.fragment"] as const;

/** Removes queries and credentials of URLs. */
export function redaction(): Block {
  return spanStatements([
    ...UNSAID.map((name) => `delete_key(span.attributes, "${name}")`),
    ...[...URLS, ...PATHS].map((name) => `replace_pattern(${attribute(name)}, "(?s)[?#].*$", "")`),
    ...URLS.map((name) => `replace_pattern(${attribute(name)}, "//[^/]*@", "//")`),
    // Some SDKs name a span by the path. Not every `#` begins a fragment: it may be a method of Ruby's.
    String.raw`replace_pattern(span.name, "(/[^ ?]*)[?][^ ]*", "$1")`,
    `replace_pattern(span.name, "//[^/@ ]*@", "//")`,
  ]);
}

/** Tells the cluster, where a service with an SDK of its own did not. */
export function clusterName({ clusterName: name }: Pick<CollectorSettings, "clusterName">): Block {
  return block("trace_statements", [
    ["context", "resource"],
    [
      "statements",
      [`set(resource.attributes["k8s.cluster.name"], "${name}") where resource.attributes["k8s.cluster.name"] == nil`],
    ],
  ]);
}

/**
 * Gives the server spans of a service the routes of the settings: as `http.route`, which is a label of the span metrics,
 * and in the name. Here and not in Beyla, which has one list of routes for all services.
 */
export function routes({ name, routes: patterns }: Pick<InstrumentedService, "name" | "routes">): Block[] {
  if (patterns.length === 0) return [];
  const path = attribute("url.path");
  const route = attribute("http.route");
  // Each is tried; so the first in the settings comes last, and wins.
  const set = [...patterns]
    .reverse()
    .map((pattern) => `set(${route}, "${pattern}") where IsMatch(${path}, "${escape(routeExpression(pattern))}")`);
  const rename = `set(span.name, Concat([${attribute("http.request.method")}, ${route}], " ")) where ${route} != nil`;
  const condition = [
    `resource.attributes["${SERVICE.attribute}"] == "${name}"`,
    "span.kind == SPAN_KIND_SERVER",
    `${path} != nil`,
  ].join(" and ");
  return [spanStatements([...set, rename], condition)];
}

function spanStatements(statements: readonly string[], condition?: string): Block {
  return block("trace_statements", [
    ["context", "span"],
    ["conditions", condition === undefined ? undefined : [condition]],
    ["statements", statements],
  ]);
}

function attribute(name: string): string {
  return `span.attributes["${name}"]`;
}

/** A regular expression within a string of OTTL. */
function escape(expression: string): string {
  return expression.replaceAll("\\", "\\\\");
}
