/**
 * Runs the program as tools/offline/run.ts does, but looks at the other end of the SDK: at what an engine would get. A
 * plan has the options as they were written; the provider that a child inherits is only seen here.
 */
import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import type { StackConfig } from "../../../tools/offline/project";

const load = createRequire(__filename);

/** One resource as the SDK registers it. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  /** Name of the provider that manages it, inherited or given; absent for components and for a default provider. */
  readonly provider?: string;
}

/** Runs index.ts; a call of a provider function is an error. */
export async function registrationsOf(config: StackConfig, preview: boolean): Promise<Registration[]> {
  const registered: Registration[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, provider, custom }) => {
        // A provider's reference is its URN and its id, joined by `::`; the URN ends with the name.
        const managedBy = custom && provider ? provider.split("::").at(-2) : undefined;
        registered.push({ type, name, ...(managedBy !== undefined && { provider: managedBy }) });
        return { id: `${name}-id`, state: inputs as Record<string, unknown> };
      },
      call: ({ token }) => {
        const details = `the program calls ${token}, which this test does not declare`;
        // The SDK shows of an error only what gRPC would have called its details.
        throw Object.assign(new Error(details), { details });
      },
    },
    config.project,
    config.stack,
    preview,
    "organization",
  );
  pulumi.runtime.setAllConfig({ ...config.values }, [...config.secretKeys]);
  await pulumi.runtime.runInPulumiStack(async () => {
    const program = load("../../../index") as () => Promise<object>;
    return program();
  });
  await pulumi.runtime.disconnect();
  return registered;
}
