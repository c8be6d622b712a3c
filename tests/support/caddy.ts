/**
 * A real Caddy with sites of others in it, on ports of 127.0.0.1 and with a certificate authority of its own. `.ci/install`
 * installs it.
 */
import { readFileSync } from "node:fs";
import { request as requestHttp, type IncomingMessage } from "node:http";
import { request as requestHttps } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { isHalfWritten } from "../../components/caddy/admin";
import { onPath } from "./findProgram";
import { freePorts, Lab } from "./lab";

/** Looks for Caddy. @returns its path, or as `missing` a sentence that says what to do */
export function findCaddy(): { caddy: string } | { missing: string } {
  const caddy = onPath("caddy");
  return caddy === undefined ? { missing: "no caddy on the PATH: run .ci/install as root" } : { caddy };
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** A running Caddy. */
export interface Caddy {
  readonly adminUrl: string;
  /** Port of its sites, where Caddy's own default is 443. */
  readonly port: number;
  /** Its certificate authority's certificate: the path of the file. */
  readonly authority: string;
  /** Asks its admin API, as others do. @throws when it refuses */
  admin(method: string, path: string, body?: unknown): Promise<unknown>;
  /** The whole configuration. */
  config(): Promise<unknown>;
  /** Asks a site; its certificate must be of this Caddy's authority. */
  get(hostname: string, path?: string): Promise<Answer>;
  /** Ends it politely and starts it again, from its file or with --resume from what it last ran. */
  restart(how: "from its file" | "--resume"): Promise<void>;
  /** Kills it and deletes its data. */
  stop(): Promise<void>;
}

export interface CaddyOptions {
  /** Sites, as in a Caddyfile. */
  readonly sites: string;
  /** Further global options. */
  readonly options?: string;
  /** Path of the one certificate authority that it trusts in upstreams; default: none. */
  readonly trust?: string;
}

/** The sites of a homelab: a wildcard with a service in it, and the domain itself. */
export const SITES = `*.ops.localhost {
	@forge host forge.ops.localhost
	handle @forge {
		respond "the forge"
	}
	handle {
		respond "unknown service" 404
	}
}
ops.localhost {
	respond "the domain"
}
`;

/** What it needs less than a second for on two idle cores, in ms. */
const deadline = 30_000;

/** @throws when it is missing, ends early or is not ready in time; nothing is left */
export async function startCaddy({ sites, options = "", trust }: CaddyOptions): Promise<Caddy> {
  const found = findCaddy();
  if ("missing" in found) throw new Error(found.missing);
  const lab = new Lab();
  try {
    const [adminPort, port, httpPort] = await freePorts();
    const adminUrl = `http://127.0.0.1:${adminPort}`;
    const head = [
      `admin 127.0.0.1:${adminPort}`,
      `https_port ${port}`,
      `http_port ${httpPort}`,
      "auto_https disable_redirects",
      "local_certs",
      // The authority's certificate stays out of this machine's trust store.
      "skip_install_trust",
      options,
    ];
    const file = lab.write("Caddyfile", `{\n\t${head.join("\n\t")}\n}\n${sites}`);
    const run = async (...args: string[]): Promise<void> => {
      const variables = {
        HOME: lab.path("home"),
        XDG_CONFIG_HOME: lab.path("config"),
        XDG_DATA_HOME: lab.path("data"),
        SSL_CERT_DIR: lab.path("none"),
        SSL_CERT_FILE: trust ?? lab.path("none"),
      };
      const environment = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
      lab.spawn("env", [...environment, found.caddy, "run", ...args]);
      await until(lab, async () => (await ask(`${adminUrl}/config/`, "GET")).status === 200);
    };
    await run("--config", file, "--adapter", "caddyfile");

    const authority = lab.path("data/caddy/pki/authorities/local/root.crt");
    const admin = async (method: string, path: string, body?: unknown): Promise<unknown> => {
      const { status, text } = await ask(`${adminUrl}${path}`, method, body);
      if (isHalfWritten(status, text)) return admin(method, path, body);
      if (status !== 200) throw new Error(`${method} ${path}: ${status} ${text}`);
      return text === "" ? undefined : (JSON.parse(text) as unknown);
    };
    return {
      adminUrl,
      port,
      authority,
      admin,
      config: () => admin("GET", "/config/"),
      get: (hostname, path = "/") => getSite({ port, hostname, path, authority }),
      restart: async (how) => {
        const pid = lab.pids().at(-1);
        if (pid !== undefined) process.kill(pid, "SIGTERM");
        await until(undefined, () => ask(adminUrl, "GET").then(no, yes));
        await (how === "--resume" ? run("--resume") : run("--config", file, "--adapter", "caddyfile"));
      },
      stop: () => lab.stop(),
    };
  } catch (error) {
    await lab.stop();
    throw error;
  }
}

const yes = (): boolean => true;
const no = (): boolean => false;

/** Waits until something is so; what fails is not so yet. */
async function until(lab: Lab | undefined, isSo: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + deadline;
  while (!(await isSo().catch(no))) {
    if (Date.now() > end) throw new Error(`Caddy is not ready after ${deadline} ms:\n${lab?.tails() ?? ""}`);
    await sleep(20);
  }
}

async function ask(url: string, method: string, body?: unknown): Promise<Answer> {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
  try {
    return await new Promise((done, fail) => {
      const request = requestHttp(url, { method, headers, agent: false }, collect(done, fail));
      request.on("error", fail);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  } catch (error) {
    // Caddy breaks connections to its admin API while it loads what somebody else sent.
    if (method === "GET" && (error as NodeJS.ErrnoException).code === "ECONNRESET") return ask(url, method);
    throw error;
  }
}

interface Site {
  readonly port: number;
  readonly hostname: string;
  readonly path: string;
  readonly authority: string;
}

/** Certificates are issued after a configuration is loaded: until then a handshake fails. */
async function getSite({ port, hostname, path, authority }: Site): Promise<Answer> {
  const attempt = (): Promise<Answer> =>
    new Promise((done, fail) => {
      const ca = readFileSync(authority);
      const headers = { Host: hostname };
      const options = { host: "127.0.0.1", port, path, servername: hostname, ca, headers, agent: false as const };
      const request = requestHttps(options, collect(done, fail));
      request.on("error", fail);
      request.end();
    });
  const end = Date.now() + deadline;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await sleep(20);
    }
  }
}

function collect(done: (answer: Answer) => void, fail: (error: Error) => void) {
  return (response: IncomingMessage): void => {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
    });
    response.on("error", fail);
    response.on("end", () => {
      done({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") });
    });
  };
}
