import { runInNewContext } from "node:vm";
import { traceIdLabels } from "../../../components/grafana/queries/traceId";
import type { DataSource } from "./grafana";
import { oneLine } from "./http";
import { CheckFailure } from "./failure";

/** A derived field as Grafana's Loki plugin reads it. */
interface DerivedField {
  readonly name: string;
  readonly matcherType?: string;
  readonly matcherRegex: string;
  readonly url: string;
  readonly datasourceUid?: string;
}

/** A live expression is somebody's text: it gets this long for a line, in ms. */
const LIMIT = 1_000;

/**
 * From a log line to its trace, as Grafana goes (its getDerivedFields.ts): of the fields that share a name the first
 * one's expression counts, without flags; group 1 is the value; the link's query has the value in place of
 * `${__value.raw}`.
 * @param lines log lines of the trace by their spelling, of which one at least must lead to the trace.
 * @param tempo uid of the data source that has the trace
 * @returns how, in words
 * @throws CheckFailure
 */
export function linkFromLog(
  loki: DataSource,
  lines: Readonly<Record<string, string>>,
  id: string,
  { tempo, sources }: { readonly tempo: string | undefined; readonly sources: readonly DataSource[] },
): string {
  const fields = fieldsOf(loki);
  const where = `Grafana's data source ${loki.uid} ("${loki.name}")`;
  if (fields.length === 0) {
    throw new CheckFailure(`${where} has no derived fields, so no log line leads to its trace`, { lasting: true });
  }
  const first = fields.filter((field, index) => fields.findIndex(({ name }) => name === field.name) === index);
  const found: string[] = [];
  const wrong: string[] = [];
  for (const field of first) {
    if (field.matcherType === "label") continue;
    const spellings = Object.entries(lines).flatMap(([spelling, line]) => {
      const value = match(field, line);
      if (value === id) return [spelling];
      if (value !== undefined) wrong.push(`"${field.name}" takes ${quoted(value)} from ${spelling} lines`);
      return [];
    });
    // The links of all fields of the name hang on the first one's value.
    const links = fields.filter(({ name }) => name === field.name).map((one) => linkOf(one, id, tempo, sources));
    const good = links.find((link) => link.problem === undefined);
    if (spellings.length === 0) continue;
    if (good) found.push(`"${field.name}" finds the ID in ${spellings.join(", ")} lines`);
    else wrong.push(...links.flatMap(({ problem }) => problem ?? []).map((text) => `"${field.name}" ${text}`));
  }
  const labels = first.filter((field) => field.matcherType === "label" && labelMatches(field));
  if (found.length > 0) return [...found, ...labels.map(({ name }) => `"${name}" by a label`)].join("; ");
  const [line = ""] = Object.values(lines);
  if (wrong.length > 0) {
    throw new CheckFailure(`${where}: ${[...new Set(wrong)].join("; ")}`, {
      causes: [
        `Group 1 of a field's expression must be the ID and nothing else, its link the uid of Tempo's data source${tempo === undefined ? "" : ` (${tempo})`} with the query \${__value.raw}.`,
      ],
      lasting: true,
    });
  }
  throw new CheckFailure(
    labels.length > 0
      ? `${where} finds a trace's ID as a label only, not in the line`
      : `${where} finds no trace's ID in a line: ${oneLine(line)}`,
    {
      causes: [
        `The expressions of its derived fields do not match: ${first.map((one) => `"${one.name}" ${oneLine(one.matcherRegex)}`).join("; ")}.`,
      ],
      lasting: true,
    },
  );
}

function fieldsOf({ jsonData }: DataSource): readonly DerivedField[] {
  const fields = jsonData?.["derivedFields"];
  if (!Array.isArray(fields)) return [];
  return (fields as readonly Partial<DerivedField>[]).map(({ name = "", matcherRegex = "", url = "", ...rest }) => ({
    ...rest,
    ...{ name, matcherRegex, url },
  }));
}

/** Group 1 of the expression in a line; undefined when it does not match. @throws CheckFailure when it is none */
function match({ name, matcherRegex }: DerivedField, line: string): string | undefined {
  try {
    const found: unknown = runInNewContext(
      "line.match(pattern)?.[1]",
      { line, pattern: matcherRegex },
      { timeout: LIMIT },
    );
    return typeof found === "string" && found !== "" ? found : undefined;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CheckFailure(`the derived field "${name}" has an expression that fails: ${oneLine(reason)}`, {
      causes: [
        `${oneLine(matcherRegex)} is evaluated by JavaScript in the browser, where it is no expression, or takes for ever.`,
      ],
      lasting: true,
    });
  }
}

function labelMatches(field: DerivedField): boolean {
  return traceIdLabels.some((label) => {
    try {
      return new RegExp(field.matcherRegex).test(label);
    } catch {
      return false;
    }
  });
}

/** Where the link leads. */
function linkOf(
  { url, datasourceUid }: DerivedField,
  id: string,
  tempo: string | undefined,
  sources: readonly DataSource[],
): { readonly problem?: string } {
  const query = url.replaceAll("${__value.raw}", id);
  if (datasourceUid === undefined || datasourceUid === "") {
    return query.includes(id) ? {} : { problem: `links to ${quoted(url)}, in which there is no \${__value.raw}` };
  }
  const target = sources.find(({ uid }) => uid === datasourceUid);
  if (!target) return { problem: `leads to the data source ${datasourceUid}, which does not exist` };
  if (target.type !== "tempo")
    return { problem: `leads to ${datasourceUid}, a data source of the type ${target.type}` };
  if (tempo !== undefined && datasourceUid !== tempo) {
    return { problem: `leads to the data source ${datasourceUid}, not to ${tempo}` };
  }
  if (query === id) return {};
  const dollars = url.includes("$${") ? ": one $ too many, which only a provisioning file needs" : "";
  return { problem: `asks for ${quoted(query)} instead of the ID${dollars}` };
}

function quoted(text: string): string {
  return JSON.stringify(oneLine(text));
}
