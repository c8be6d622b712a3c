import { formatDuration } from "./evidence";

/** The checks in the order in which they are shown. */
export const CHECKS = {
  queryApi: "Query API",
  otlpHttp: "OTLP over HTTP",
  otlpGrpc: "OTLP over gRPC",
  byId: "Trace by ID",
  byIdGrpc: "Trace by ID (gRPC)",
  search: "TraceQL search",
  prometheus: "Prometheus",
  spanMetrics: "Span metrics",
  exemplar: "Exemplar",
  serviceGraph: "Service graph",
  disk: "Disk metrics",
  grafana: "Grafana data source",
  grafanaTrace: "Trace in Grafana",
  derivedField: "Log line to trace",
} as const;

export type Check = keyof typeof CHECKS;

export type Status = "passed" | "failed" | "skipped";

/** How a check ended. */
export interface Outcome {
  readonly check: Check;
  readonly title: string;
  readonly status: Status;
  /** What was found, or what is wrong, or why it was skipped. */
  readonly what: string;
  /** Milliseconds: from the acknowledgement until it was visible, or how long the check took. */
  readonly took?: number;
  /** Of a failed check: sentences, the likeliest first. */
  readonly causes?: readonly string[];
  /** Of a failed check: commands. */
  readonly more?: readonly string[];
}

/** Everything that is told. */
export interface Report {
  readonly stack?: string;
  /** URLs without credentials. */
  readonly targets: Readonly<Record<string, string>>;
  readonly traces: readonly { readonly id: string; readonly protocol: string }[];
  /** A log line of the first trace; it is nowhere but here. */
  readonly logLine?: string;
  /** Milliseconds by which this machine's clock is behind Tempo's. */
  readonly clockBehind?: number;
  readonly took: number;
  readonly interrupted: boolean;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly checks: readonly Outcome[];
}

/** 0 everything passed or was skipped, 1 a check failed, 130 it was interrupted. */
export function exitStatus({ failed, interrupted }: Pick<Report, "failed" | "interrupted">): number {
  return interrupted ? 130 : failed > 0 ? 1 : 0;
}

/** The report for a reader. */
export function renderReport(report: Report): string {
  const { checks, stack, targets, traces, logLine, clockBehind, took, interrupted } = report;
  const title = stack === undefined ? "Tempo" : `Stack ${stack}`;
  const failures = grouped(checks.filter(({ status }) => status === "failed"));
  return [
    `${title}: ${Object.entries(targets)
      .map(([part, url]) => `${part} ${url}`)
      .join(", ")}`,
    ...(clockBehind
      ? [
          `The clock of this machine is ${formatDuration(clockBehind)} ${clockBehind > 0 ? "behind" : "ahead of"} Tempo's.`,
        ]
      : []),
    "",
    ...table(checks),
    ...failures.flatMap((failure) => ["", ...explained(failure)]),
    "",
    ...traces.map(({ id, protocol }) => `trace ${id} (${protocol})`),
    ...(logLine === undefined ? [] : [`its log line would be: ${logLine}`]),
    `${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped in ${formatDuration(took)}${interrupted ? ", interrupted" : ""}`,
  ].join("\n");
}

function table(checks: readonly Outcome[]): string[] {
  const rows = checks.map(({ title, status, took, what }) => [
    status === "failed" ? "FAILED" : status,
    title,
    took === undefined ? "" : seconds(took),
    what,
  ]);
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map(([status = "", title = "", took = "", what = ""]) =>
    [
      status.padEnd(widths[0] ?? 0),
      title.padEnd(widths[1] ?? 0),
      took.padStart(widths[2] ?? 0),
      // What is wrong stands below, in full.
      status === "FAILED" ? "see below" : what,
    ]
      .join("  ")
      .trimEnd(),
  );
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(ms < 9_950 ? 2 : 1)} s`;
}

interface Failure {
  readonly titles: readonly string[];
  readonly whats: readonly string[];
  readonly causes: readonly string[];
  readonly more: readonly string[];
}

/** Checks that failed for one cause stand together. */
function grouped(failed: readonly Outcome[]): readonly Failure[] {
  const groups = new Map<string, Failure>();
  for (const { title, what, causes = [], more = [] } of failed) {
    const key = causes.length === 0 ? title : causes.join("\n");
    const { titles, whats, more: known } = groups.get(key) ?? { titles: [], whats: [], more: [] };
    groups.set(key, {
      titles: [...titles, title],
      whats: [...new Set([...whats, what])],
      causes,
      more: [...new Set([...known, ...more])],
    });
  }
  return [...groups.values()];
}

function explained({ titles, whats, causes, more }: Failure): string[] {
  return [
    `FAILED: ${titles.join(", ")}`,
    ...whats.map((what) => `  ${what}`),
    ...(causes.length > 0
      ? [`  Likely cause${causes.length > 1 ? "s" : ""}:`, ...causes.map((one) => `    - ${one}`)]
      : []),
    ...(more.length > 0 ? ["  To see more:", ...more.map((one) => `    ${one}`)] : []),
  ];
}
