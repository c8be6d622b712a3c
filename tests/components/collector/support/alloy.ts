/** A real Alloy with a collector's configuration. */
import { setTimeout as sleep } from "node:timers/promises";
import { renderCollectorConfig } from "../../../../components/collector/config";
import { renderDaemonSet } from "../../../../components/collector/manifests";
import { STORAGE_PATH } from "../../../../components/collector/paths";
import { CONFIG_FILE, CONFIG_PATH } from "../../../../components/alloy/pod";
import type { CollectorSettings } from "../../../../components/contracts/settings";
import { onPath } from "../../../support/findProgram";
import { freePorts, Lab } from "../../../support/lab";
import { onHost } from "./onHost";

/** Looks for Alloy. @returns its path, or as `missing` a sentence that says what to do */
export function findAlloy(): { alloy: string } | { missing: string } {
  const alloy = onPath("alloy");
  return alloy === undefined ? { missing: "no alloy on the PATH: docs/decisions/collector.md says whence" } : { alloy };
}

/** What takes some seconds on two idle cores, or as long as Alloy waits until it tries again, in ms. */
const deadline = 60_000;

export class Alloy {
  private constructor(
    private readonly lab: Lab,
    private readonly program: string,
    private readonly args: readonly string[],
    /** Its own pages. */
    readonly url: string,
    /** Its OTLP over HTTP. */
    readonly otlpUrl: string,
  ) {}

  /** @throws when it is missing, ends early or is not ready in time; nothing is left */
  static async start(collector: CollectorSettings, endpoint: string): Promise<Alloy> {
    const found = findAlloy();
    if ("missing" in found) throw new Error(found.missing);
    const [grpcPort, httpPort, port] = await freePorts();
    const lab = new Lab();
    try {
      const storagePath = lab.path("storage");
      const rendered = renderCollectorConfig(collector, endpoint, "tempo.prod");
      const file = lab.write(CONFIG_FILE, onHost(rendered, { grpcPort, httpPort, storagePath }));
      const args = argsOf(collector).map((argument) =>
        argument
          .replace(`${CONFIG_PATH}/${CONFIG_FILE}`, file)
          .replace(STORAGE_PATH, storagePath)
          .replace("127.0.0.1:12345", `127.0.0.1:${port}`),
      );
      const alloy = new Alloy(lab, found.alloy, args, `http://127.0.0.1:${port}`, `http://127.0.0.1:${httpPort}`);
      await alloy.run();
      return alloy;
    } catch (error) {
      await lab.stop();
      throw error;
    }
  }

  /** Ends it as a power cut does, and starts it again on what is on its disk. */
  async killAndRestart(): Promise<void> {
    const pid = this.lab.pids().at(-1);
    if (pid !== undefined) process.kill(pid, "SIGKILL");
    await until("Alloy's end", () => fetch(this.url).then(no, yes));
    await this.run();
  }

  /** The sum of one of its metrics over its labels; 0 where there is none, as for a failure that has not happened. */
  async metric(name: string): Promise<number> {
    const page = await (await fetch(`${this.url}/metrics`)).text();
    const values = [...page.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, "gm"))].map(([, value]) =>
      Number(value),
    );
    return values.reduce((sum, value) => sum + value, 0);
  }

  /** Kills it and deletes its data. */
  async stop(): Promise<void> {
    await this.lab.stop();
  }

  private async run(): Promise<void> {
    this.lab.spawn(this.program, [...this.args]);
    await until("Alloy", async () => (await fetch(`${this.url}/-/ready`)).ok, this.lab);
  }
}

/** What is asked of the DaemonSet, which holds no outputs. */
interface DaemonSet {
  readonly spec: { readonly template: { readonly spec: { readonly containers: readonly { args: string[] }[] } } };
}

/** As in its pod. */
function argsOf(collector: CollectorSettings): string[] {
  const { spec } = renderDaemonSet(collector, "", "") as DaemonSet;
  return spec.template.spec.containers.flatMap(({ args }) => args);
}

const yes = (): boolean => true;
const no = (): boolean => false;

async function attempt(isSo: () => Promise<boolean> | boolean): Promise<boolean> {
  try {
    return await isSo();
  } catch {
    return false;
  }
}

/** Waits until something is so; what fails is not so yet. */
export async function until(what: string, isSo: () => Promise<boolean> | boolean, lab?: Lab): Promise<void> {
  const end = Date.now() + deadline;
  while (!(await attempt(isSo))) {
    if (Date.now() > end) throw new Error(`${what}: not so after ${deadline / 1_000} s\n${lab?.tails() ?? ""}`);
    await sleep(50);
  }
}
