import { createRequire } from "node:module";
import * as pulumi from "@pulumi/pulumi";
import { SECRET, type StackConfig } from "./project";

/**
 * Runs index.ts itself, on a stack's real configuration, without an engine: through the mocks of Pulumi's own SDK.
 * What an engine would be asked to register is recorded.
 */
export interface PlannedResource {
  readonly type: string;
  readonly name: string;
  /** `type::name` of the parent; absent for what hangs below the stack itself. */
  readonly parent?: string;
  /** Name of the provider resource, where one was given to this resource. */
  readonly provider?: string;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
  /** Whether it is known as one of the stack itself as well, where `pulumi import` puts it. */
  readonly importable?: true;
  /** Names of the resources that must come first. */
  readonly dependsOn: readonly string[];
  /** Secrets are replaced by `[secret]`, unknown values by `[unknown]`. */
  readonly inputs: Readonly<Record<string, unknown>>;
}

export interface Plan {
  readonly project: string;
  readonly stack: string;
  readonly resources: readonly PlannedResource[];
  readonly outputs: Readonly<Record<string, unknown>>;
}

const load = createRequire(__filename);

/** What stands for a value that only a deployment can tell. */
export const UNKNOWN = "[unknown]";

/** The keys by which the SDK marks a wrapped value, and a secret among them (its `specialSigKey`, `specialSecretSig`). */
const SIGNATURE_KEY = "4dabf18193072939515e22adb298388d";
const SECRET_SIGNATURE = "1b47061264138c4ac30d75fd1eb44270";

export interface RunOptions {
  /** Answers provider functions; by default each is an error, since a plan without an engine can ask nobody. */
  readonly call?: (token: string, inputs: Record<string, unknown>) => Promise<Record<string, unknown>>;
  /** Whether the program is told that this is a preview; ids are unknown then. Default: true. */
  readonly preview?: boolean;
}

/**
 * Plans a stack.
 * @throws whatever the program throws: a RunError with every problem of a configuration.
 */
export async function planStack(config: StackConfig, options: RunOptions = {}): Promise<Plan> {
  const inputs = new Map<string, Record<string, unknown>>();
  const preview = options.preview ?? true;
  await pulumi.runtime.setMocks(
    {
      newResource: (args) => {
        inputs.set(keyOf(args.type, args.name), args.inputs as Record<string, unknown>);
        return {
          ...(preview && args.custom ? { id: undefined } : { id: `${args.name}-id` }),
          state: args.inputs as object,
        };
      },
      call: ({ token, inputs: asked }) => {
        if (options.call) return options.call(token, asked as Record<string, unknown>);
        // The SDK passes on what an RPC error has in `details`, and nothing else.
        const details = `the program calls ${token}, which an offline plan cannot answer`;
        throw Object.assign(new Error(details), { details });
      },
    },
    config.project,
    config.stack,
    preview,
    "organization",
  );
  pulumi.runtime.setAllConfig({ ...config.values }, [...config.secretKeys]);

  const registered: { type: string; name: string; opts: pulumi.ResourceOptions }[] = [];
  // Caught within: an error that leaves the stack's callback is thrown a second time where nobody can catch it.
  const failures: unknown[] = [];
  const outputs = (await pulumi.runtime.runInPulumiStack(async () => {
    pulumi.runtime.registerStackTransformation(({ type, name, props, opts }) => {
      registered.push({ type, name, opts });
      return { props, opts };
    });
    try {
      const program = load("../../index") as () => Promise<object>;
      return await program();
    } catch (error) {
      failures.push(error);
      return {};
    }
  })) as Record<string, unknown>;
  await pulumi.runtime.disconnect();
  if (failures.length > 0) throw failures[0];

  return {
    project: config.project,
    stack: config.stack,
    resources: registered.map(({ type, name, opts }) =>
      describe(type, name, opts, inputs.get(keyOf(type, name)) ?? {}),
    ),
    outputs: plain(outputs) as Record<string, unknown>,
  };
}

function describe(
  type: string,
  name: string,
  opts: pulumi.ResourceOptions,
  inputs: Readonly<Record<string, unknown>>,
): PlannedResource {
  const parent = opts.parent && identityOf(opts.parent);
  const provider = (opts as pulumi.CustomResourceOptions).provider;
  return {
    type,
    name,
    ...(parent !== undefined && { parent }),
    ...(provider && { provider: nameOf(provider) }),
    protect: opts.protect ?? false,
    retainOnDelete: opts.retainOnDelete ?? false,
    ...(isImportable(opts) && { importable: true as const }),
    dependsOn: [opts.dependsOn ?? []].flat().map((resource) => nameOf(resource as pulumi.Resource)),
    inputs: plain(inputs) as Record<string, unknown>,
  };
}

function isImportable({ aliases }: pulumi.ResourceOptions): boolean {
  const known = Array.isArray(aliases) ? aliases : [];
  // That constant of the SDK is `undefined`; without the key an alias has its resource's own parent.
  return known.some(
    (alias) => typeof alias === "object" && "parent" in alias && alias.parent === pulumi.rootStackResource,
  );
}

/** Private fields of the SDK's Resource that hold what its constructor was called with. */
interface Named {
  readonly __pulumiType: string;
  readonly __name?: string;
}

function nameOf(resource: pulumi.Resource): string {
  return (resource as unknown as Named).__name ?? "?";
}

function identityOf(resource: pulumi.Resource): string {
  return keyOf((resource as unknown as Named).__pulumiType, nameOf(resource));
}

export function keyOf(type: string, name: string): string {
  return `${type}::${name}`;
}

/** Plain data: secrets and unknowns (which the SDK's mocks hand over as undefined) replaced, keys as they came. */
function plain(value: unknown): unknown {
  if (value === undefined) return UNKNOWN;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  const record = value as Record<string, unknown>;
  if (record[SIGNATURE_KEY] === SECRET_SIGNATURE) return SECRET;
  return Object.fromEntries(Object.entries(record).map(([key, entry]) => [key, plain(entry)]));
}
