/**
 * A language host for one program that is already loaded, as the Automation API has it for inline programs. Its `Stack`
 * starts the CLI three more times for each `up`, to ask for outputs and history, and does not let it be killed.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import * as grpc from "@grpc/grpc-js";
import type { PulumiFn } from "@pulumi/pulumi/automation";
import * as server from "@pulumi/pulumi/automation/server";
import { LanguageRuntimeService, type ILanguageRuntimeServer } from "@pulumi/pulumi/proto/language_grpc_pb";

/** The SDK's own, which it leaves out of its typings. */
const { LanguageServer } = server as unknown as {
  LanguageServer: new (program: PulumiFn) => ILanguageRuntimeServer & grpc.UntypedServiceImplementation;
};

export interface LanguageHost {
  readonly address: string;
  readonly stop: () => void;
}

/** Serves a program to engines, on a port of 127.0.0.1. It is run anew for each of them. */
export async function serveProgram(program: PulumiFn): Promise<LanguageHost> {
  const host = new grpc.Server();
  host.addService(LanguageRuntimeService, new LanguageServer(program));
  const port = await new Promise<number>((bound, fail) => {
    host.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, found) => {
      if (error) fail(error);
      else bound(found);
    });
  });
  return {
    address: `127.0.0.1:${port}`,
    stop: () => {
      host.forceShutdown();
    },
  };
}

/** A language host in a process of its own, which prints its address. */
export async function spawnHost(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<LanguageHost> {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "inherit"] });
  const [address] = (await Promise.race([once(child.stdout, "data"), once(child, "close")])) as [unknown];
  if (!Buffer.isBuffer(address)) throw new Error(`${command} ${args.join(" ")} ended with ${String(address)}`);
  return {
    address: address.toString().trim(),
    stop: () => {
      child.kill();
    },
  };
}

// As a process of its own, for a program that is not this one: `languageHost.ts <path>`, in the folder of the program.
if (require.main === module) {
  const [path = ""] = process.argv.slice(2);
  void serveProgram(() => {
    // oxlint-disable-next-line typescript/no-require-imports
    const program = require(path) as () => Promise<Record<string, unknown>>;
    return program();
  }).then(({ address }) => {
    process.stdout.write(`${address}\n`);
  });
}
