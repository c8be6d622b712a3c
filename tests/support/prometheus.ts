/**
 * A real Prometheus on captured series, for tests that ask it what an expression returns. It scrapes nothing and
 * evaluates nothing by itself. `.ci/install` installs it.
 */
import { execFile } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { findPrometheus, type PrometheusMajor, type PrometheusPrograms } from "./findProgram";
import { freePorts, frugal, Lab } from "./lab";
import { lastTime, toOpenMetrics, type Capture } from "./series";

/** One series of an answer, with its value at the time that was asked for. */
export interface Sample {
  labels: Record<string, string>;
  value: number;
}

/** One series of an answer over a range: pairs of seconds and value. */
export interface Range {
  labels: Record<string, string>;
  values: [number, number][];
}

/** A running Prometheus on a port of 127.0.0.1. */
export interface Prometheus {
  readonly url: string;
  /** The seconds of the newest captured value, at which `query` looks unless told otherwise. */
  readonly lastTime: number;
  /**
   * Evaluates an expression at one time.
   * @throws when Prometheus refuses it, with its message
   */
  query(expression: string, at?: { time?: number }): Promise<Sample[]>;
  /** Evaluates an expression over a range; unless told otherwise over the whole capture. */
  queryRange(expression: string, range?: { start?: number; end?: number; step?: number }): Promise<Range[]>;
  /**
   * Parses an expression.
   * @returns how Prometheus itself would write it
   * @throws when it is no PromQL, with Prometheus' message
   */
  parse(expression: string): Promise<string>;
  /** Kills it and deletes its data. */
  stop(): Promise<void>;
}

/** How long it has to become ready, in ms. It needs less than one second on two idle cores. */
const readyDeadline = 30_000;
/** How often a start is tried again when another process takes the port between our choice and its `listen`. */
const portRetries = 3;
const run = promisify(execFile);

/**
 * Starts a Prometheus that holds a capture.
 * @param major of whichever major there is, without it
 * @throws when a program is missing, refuses the capture, ends early or is not ready in time; nothing is left
 */
export async function startPrometheus(capture: Capture, major?: PrometheusMajor): Promise<Prometheus> {
  const found = findPrometheus(major);
  if ("missing" in found) throw new Error(found.missing);
  for (let attempt = 0; ; attempt++) {
    try {
      return await start(found, capture);
    } catch (error) {
      if (attempt === portRetries || !String(error).includes("address already in use")) throw error;
    }
  }
}

/** One attempt of `startPrometheus`. */
async function start(programs: PrometheusPrograms, capture: Capture): Promise<Prometheus> {
  const lab = new Lab();
  try {
    const data = lab.path("data");
    const text = lab.write("capture.txt", toOpenMetrics(capture));
    await run(programs.promtool, ["tsdb", "create-blocks-from", "openmetrics", "--quiet", text, data]);
    const [port] = await freePorts();
    lab.spawn(programs.prometheus, [
      `--config.file=${lab.write("prometheus.yaml", "{}\n")}`,
      `--storage.tsdb.path=${data}`,
      // The default deletes blocks that are 15 days older than the newest.
      "--storage.tsdb.retention.time=100y",
      `--web.listen-address=127.0.0.1:${port}`,
    ]);
    const url = `http://127.0.0.1:${port}`;
    await ready(lab, url);
    const end = lastTime(capture);
    return {
      url,
      lastTime: end,
      query: async (query, { time = end } = {}) =>
        samples(await ask(url, "query", { query, time })).map(({ metric, value }) => ({
          labels: metric,
          value: Number(value?.[1]),
        })),
      queryRange: async (query, range = {}) =>
        samples(await ask(url, "query_range", { query, start: capture.start, end, step: capture.step, ...range })).map(
          ({ metric, values = [] }) => ({
            labels: metric,
            values: values.map(([time, value]) => [time, Number(value)]),
          }),
        ),
      parse: async (query) => String(await ask(url, "format_query", { query })),
      stop: () => lab.stop(),
    };
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

/** Waits until it answers queries. */
async function ready(lab: Lab, url: string): Promise<void> {
  const deadline = Date.now() + readyDeadline;
  while (Date.now() < deadline) {
    lab.assertAlive();
    const answer = await fetch(`${url}/-/ready`).catch(() => undefined);
    if (answer?.ok === true) return;
    await sleep(50);
  }
  throw new Error(`prometheus was not ready within ${readyDeadline / 1000} s\n${lab.tails()}`);
}

/** What Prometheus' query API answers. */
type Answer = { status: "success"; data: unknown } | { status: "error"; error: string };

async function ask(url: string, what: string, parameters: Record<string, string | number>): Promise<unknown> {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) body.set(name, String(value));
  const answer = (await (await fetch(`${url}/api/v1/${what}`, { method: "POST", body })).json()) as Answer;
  if (answer.status === "error") throw new Error(`${answer.error} in: ${String(parameters["query"])}`);
  return answer.data;
}

interface Result {
  metric: Record<string, string>;
  value?: [number, string];
  values?: [number, string][];
}

/** The series of an answer; a bare number (such as `time()`) becomes a series without labels. */
function samples(data: unknown): Result[] {
  const { resultType, result } = data as { resultType: string; result: Result[] | [number, string] };
  return resultType === "scalar" ? [{ metric: {}, value: result as [number, string] }] : (result as Result[]);
}

/** What promtool said about rules: `output` is for a reader, and for the message of an assertion. */
export interface RuleTest {
  passed: boolean;
  output: string;
}

/**
 * Runs promtool's unit tests.
 * @param tests the text of the test file, whose `rule_files` are among `files`
 * @param files the rule files, by name
 * @param major of whichever major there is, without it
 */
export async function promtoolTestRules(
  tests: string,
  files: Record<string, string>,
  major?: PrometheusMajor,
): Promise<RuleTest> {
  return await promtool(major, ["test", "rules"], { ...files, "tests.yaml": tests }, "tests.yaml");
}

/** Lets promtool check a rule file, down to its expressions and templates. */
export async function promtoolCheckRules(rules: string, major?: PrometheusMajor): Promise<RuleTest> {
  return await promtool(major, ["check", "rules"], { "rules.yaml": rules }, "rules.yaml");
}

async function promtool(
  major: PrometheusMajor | undefined,
  command: string[],
  files: Record<string, string>,
  file: string,
): Promise<RuleTest> {
  const found = findPrometheus(major);
  if ("missing" in found) throw new Error(found.missing);
  const lab = new Lab();
  try {
    for (const [name, text] of Object.entries(files)) lab.write(name, text);
    const { stdout, stderr } = await run(found.promtool, [...command, lab.path(file)], { env: frugal() });
    return { passed: true, output: stdout + stderr };
  } catch (error) {
    const { stdout, stderr, code } = error as { stdout?: string; stderr?: string; code?: unknown };
    // Anything but its own exit status says that it did not run.
    if (typeof code !== "number") throw error;
    return { passed: false, output: `${stdout ?? ""}${stderr ?? ""}` };
  } finally {
    await lab.stop();
  }
}
