import { appendFileSync, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { findPull, ForgeError, upsertComment, type Forge } from "./api";
import { isOfFork, MARKER, mergeBody, partsOf } from "./body";

const USAGE = `npm run comment -- --author LOGIN [--from OWNER/NAME] [--pull NUMBER | --head OWNER:BRANCH --sha SHA] FILE_OR_FOLDER...

  FILE_OR_FOLDER   what \`npm run preview -- --markdown\` printed; of a folder its *.md
  --author LOGIN   the account of the token, such as github-actions[bot]; no other's comment is changed
  --from NAME      the repository whose code has written the files (default: this one). Those of a fork may have the
                   offline previews, which are marked as the fork's own words
  --pull NUMBER    the pull request (default: that of the event in GITHUB_EVENT_PATH)
  --head, --sha    or the open one of a branch, if it still is at this commit

Environment, as workflows of GitHub and Forgejo have it: GITHUB_API_URL (default https://api.github.com),
GITHUB_REPOSITORY (owner/name), GITHUB_TOKEN.`;

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the command reads and writes. */
export interface Io {
  readonly environment: Environment;
  /** A line for other programs. */
  readonly print: (line: string) => void;
  /** A line for people. */
  readonly say: (line: string) => void;
}

/**
 * The command with its words.
 * @returns the exit status
 */
export async function runComment(args: readonly string[], io: Io): Promise<number> {
  try {
    return await comment(args, io);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const isUsage =
      error instanceof UsageError ||
      (error instanceof TypeError && String((error as NodeJS.ErrnoException).code).startsWith("ERR_PARSE_ARGS"));
    io.say(isUsage ? `${message}\n\n${USAGE}` : message);
    return isUsage ? 2 : 1;
  }
}

async function comment(args: readonly string[], io: Io): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      author: { type: "string", default: "" },
      from: { type: "string" },
      pull: { type: "string" },
      head: { type: "string" },
      sha: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    io.print(USAGE);
    return 0;
  }
  const texts = readTexts(positionals, io.environment);
  const forge = readForge(io.environment);
  const { author, from = forge.repository } = values;
  if (author === "") throw new UsageError("--author is missing: write the login of the token's account.");
  // A fork that is gone has no name any more.
  const isFork = from !== forge.repository;
  const names = texts.flatMap((text) => [...partsOf(text).keys()]);
  const refused = isFork ? names.filter((name) => !isOfFork(name)) : [];
  if (refused.length > 0) io.say(`Left out, since a fork's run may not say it: ${refused.join(", ")}.`);
  if (refused.length === names.length) return 0;
  const pull = await pullOf(forge, values, io.environment);
  if (pull === undefined) {
    io.say("The pull request is closed, or has a newer commit, whose own run comments.");
    return 0;
  }
  try {
    const done = await upsertComment(forge, pull, { author, marker: MARKER }, (existing) =>
      mergeBody(existing, texts, isFork),
    );
    io.say(`The comment of pull request ${pull} is ${done}.`);
  } catch (error) {
    if (!(error instanceof ForgeError) || ![401, 403].includes(error.status)) throw error;
    io.say(`The token may not comment, as that of a fork may not (${error.message}). What it would say:`);
    publish(mergeBody(undefined, texts, isFork), io);
  }
  return 0;
}

/** @throws Error with every file that is not what it should be */
function readTexts(paths: readonly string[], environment: Environment): string[] {
  if (paths.length === 0) throw new UsageError("No FILE_OR_FOLDER is given.");
  const files = paths.flatMap((path) => {
    const absolute = resolve(environment["INIT_CWD"] ?? process.cwd(), path);
    if (!existsSync(absolute)) throw new UsageError(`${path}: there is no such file or folder.`);
    if (!statSync(absolute).isDirectory()) return [absolute];
    // Files alone: a link in somebody's artifact would lead to any file of this machine.
    return readdirSync(absolute, { withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".md"))
      .map(({ name }) => join(absolute, name));
  });
  const texts = files.map((file) => readFileSync(file, "utf8")).filter((text) => partsOf(text).size > 0);
  if (texts.length === 0) {
    throw new UsageError(`Nothing in ${paths.join(", ")} is a preview: each begins with <!-- tempo-preview NAME -->.`);
  }
  return texts;
}

function readForge(environment: Environment): Forge {
  const {
    GITHUB_API_URL: url = "https://api.github.com",
    GITHUB_REPOSITORY: repository = "",
    GITHUB_TOKEN: token = "",
  } = environment;
  const missing = [
    ...(/^[\w.-]+\/[\w.-]+$/.test(repository) ? [] : ["GITHUB_REPOSITORY is not owner/name."]),
    ...(token === "" ? ["GITHUB_TOKEN is missing."] : []),
  ];
  if (missing.length > 0) throw new UsageError(missing.join(" "));
  return { url: url.replace(/\/+$/, ""), repository, token };
}

async function pullOf(
  forge: Forge,
  { pull, head, sha }: { readonly pull?: string; readonly head?: string; readonly sha?: string },
  environment: Environment,
): Promise<number | undefined> {
  if (head !== undefined && sha !== undefined) return findPull(forge, head, sha);
  if (head !== undefined || sha !== undefined) throw new UsageError("--head and --sha go together.");
  const number = Number(pull ?? pullOfEvent(environment));
  if (!Number.isInteger(number) || number <= 0) {
    throw new UsageError(`--pull ${pull ?? "is missing"}: write the number of a pull request.`);
  }
  return number;
}

/** The number in the event that started the workflow. */
function pullOfEvent(environment: Environment): unknown {
  const path = environment["GITHUB_EVENT_PATH"] ?? "";
  if (path === "" || !existsSync(path)) return undefined;
  const event = JSON.parse(readFileSync(path, "utf8")) as { pull_request?: { number?: unknown } };
  return event.pull_request?.number;
}

/** In the log, and on the page of the run where there is one. */
function publish(text: string, io: Io): void {
  io.print(text);
  const summary = io.environment["GITHUB_STEP_SUMMARY"] ?? "";
  if (summary !== "") appendFileSync(summary, `${text}\n`);
}

class UsageError extends Error {}
