import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "../stack/program/stacks";
import { startTool } from "../support/tool";
import { TOKEN, World } from "../tools/verify/support/world";

/**
 * `npm run pictures`: runs the commands and draws what they print as docs/pictures/*.svg. The preview is offline; verify
 * talks to the servers of its tests, of which Prometheus keeps no exemplars, so that a failure and its cause are shown.
 * No library: those on npm draw recordings of ANSI sequences, and these commands print plain text.
 */
const COLUMNS = 132;
const [CHARACTER, LINE, PADDING] = [7.2, 17, 16];

/** What the picture of the preview shows of a line. */
export const clip = (line: string): string => (line.length <= COLUMNS ? line : `${line.slice(0, COLUMNS - 1)}…`);

/** A line as a terminal of that width shows it, broken between words. */
function wrap(line: string): string[] {
  const indent = /^ *(- )?/.exec(line)?.[0].replace("-", " ") ?? "";
  const at = line.lastIndexOf(" ", COLUMNS);
  return line.length <= COLUMNS || at <= indent.length
    ? [clip(line)]
    : [line.slice(0, at), ...wrap(indent + line.slice(at + 1))];
}

/** The line as it stands in an SVG. */
export const escape = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const COLOURS: readonly (readonly [RegExp, string])[] = [
  [/^\$ /, "#7ee787"],
  [/^passed\b/, "#7ee787"],
  [/^FAILED\b/, "#ff7b72"],
  [/^Warning:/, "#e3b341"],
  [/^(Outputs|Policies|Cluster)\b/, "#79c0ff"],
];

/** A terminal with a command and what it prints. */
function draw(command: string, output: readonly string[]): string {
  const lines = [`$ ${command}`, ...output];
  const width = Math.round(COLUMNS * CHARACTER) + 2 * PADDING;
  const height = lines.length * LINE + 2 * PADDING;
  const texts = lines.map((line, index) => {
    const colour = COLOURS.find(([pattern]) => pattern.test(line))?.[1];
    const fill = colour === undefined ? "" : ` fill="${colour}"`;
    return `<text x="${PADDING}" y="${PADDING + index * LINE + 12}"${fill}>${escape(line)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">`,
    `<title>${escape(command)}</title>`,
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`,
    `<g fill="#c9d1d9" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="12" xml:space="preserve">`,
    ...texts,
    "</g>",
    "</svg>",
    "",
  ].join("\n");
}

async function preview(): Promise<string> {
  const { stdout } = await startTool("tools/preview", []).result;
  return draw("npm run preview", stdout.trim().replaceAll(`${ROOT}/`, "").split("\n").map(clip));
}

async function verify(): Promise<string> {
  const world = await World.make({ exemplars: false, flags: { "enable-feature": "" } });
  try {
    const { query, otlp, otlpGrpc, prometheus, grafana } = world.addresses;
    const targets = ["--query-url", query, "--otlp-url", otlp, "--otlp-grpc-url", otlpGrpc];
    const args = [...targets, "--prometheus-url", prometheus, "--grafana-url", grafana, "--timeout", "30s"];
    const { stdout } = await startTool("tools/verify", args, { GRAFANA_AUTH: TOKEN }).result;
    return draw(
      "npm run verify -- --query-url … --otlp-url … --prometheus-url … --grafana-url …",
      stdout.trim().split("\n").flatMap(wrap),
    );
  } finally {
    await world.stop();
  }
}

async function main(): Promise<void> {
  const pictures = { preview: await preview(), verify: await verify() };
  for (const [name, svg] of Object.entries(pictures)) writeFileSync(join(ROOT, "docs", "pictures", `${name}.svg`), svg);
}

if (require.main === module) {
  main().catch((error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  });
}
