/** A resource as a policy sees it: what is asked for, before it is there. */
export interface CheckedResource {
  /** Pulumi's type token, such as `kubernetes:apps/v1:DaemonSet`. */
  readonly type: string;
  readonly name: string;
  /** The type of the component that it is a part of; absent for what hangs below the stack itself. */
  readonly parentType?: string | undefined;
  readonly inputs: Readonly<Record<string, unknown>>;
  /** Pulumi refuses to delete it. */
  readonly protect: boolean;
}

/** What a policy knows besides the resource. */
export interface PolicyContext {
  /** Name of the stack; some policies count for production only. */
  readonly stack: string;
}

export interface Policy {
  /** In lower case with hyphens, as the engine shows it. */
  readonly name: string;
  /** One sentence: what is required, and why. */
  readonly description: string;
  /** A sentence for each violation: where, what was found, what to write instead. */
  readonly check: (resource: CheckedResource, context: PolicyContext) => string[];
}
