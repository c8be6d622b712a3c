import type { Output, StackReference } from "@pulumi/pulumi";
import { outputKinds, outputNames, type OutputKind, type TempoOutput, type TempoOutputs } from "./outputs";

/**
 * Tempo's stack, as a consumer refers to it: a `pulumi.StackReference`. Only what is used of it is asked for, so that
 * a consumer may have another version of the SDK than this project has.
 */
export type TempoStack = Pick<StackReference, "name" | "outputs" | "getOutput">;

/** The outputs, each of which is looked at when it is used: one that an older stack lacks is no error before that. */
export type TempoReferences = { readonly [K in TempoOutput]: Output<TempoOutputs[K]> };

/** The outputs of Tempo's stack. One that is not there ends the program with what to do about it. */
export function tempoOutputs(stack: TempoStack): TempoReferences {
  const references = {};
  for (const name of outputNames) {
    Object.defineProperty(references, name, { enumerable: true, get: () => readOutput(stack, name) });
  }
  return references as TempoReferences;
}

function readOutput(stack: TempoStack, name: TempoOutput): Output<unknown> {
  // The two others only where something is wrong: `outputs` is a secret as soon as one among them is.
  return stack.getOutput(name).apply((value: unknown) =>
    isKind(value, outputKinds[name])
      ? value
      : stack.name.apply((of) =>
          stack.outputs.apply((all: Readonly<Record<string, unknown>> | undefined) => {
            throw withoutTrace(describeMissing(name, of, value, Object.keys(all ?? {})));
          }),
        ),
  );
}

function isKind(value: unknown, kind: OutputKind): boolean {
  if (kind === "text") return typeof value === "string";
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((text) => typeof text === "string")
  );
}

/**
 * Why an output cannot be read, and what to do.
 * @param all the names of the outputs that the stack has
 */
export function describeMissing(name: TempoOutput, stack: string, value: unknown, all: readonly string[]): string {
  const head = `output ${name} of stack ${stack}`;
  if (value !== undefined) {
    return `${head} is not ${outputKinds[name] === "text" ? "a text" : "a map of texts"}, which it is in this version of the helper. Take the helper's version that belongs to that stack, or deploy the stack anew.`;
  }
  if (all.length === 0) {
    return `${head} is not there: the stack has no outputs at all, it was not deployed yet, or was destroyed. Deploy it first, in the folder of its program: pulumi up --stack ${stack}`;
  }
  const known = outputNames.filter((output) => all.includes(output));
  return known.length === 0
    ? `${head} is not there, nor is any other of Tempo's. Is this the stack of Tempo? It has: ${all.join(", ")}.`
    : `${head} is not there: the stack was deployed by an older version of its program. Deploy it anew, in the folder of its program: pulumi up --stack ${stack}. It has: ${known.join(", ")}.`;
}

/**
 * An error that Pulumi shows without a stack trace, as its own RunError, by the mark that the SDK knows one of another
 * copy of itself by. Nothing of the SDK is loaded here, which makes this folder usable from wherever it lies.
 */
function withoutTrace(message: string): Error {
  return Object.assign(new Error(message), { stack: `Error: ${message}`, __pulumiRunError: true });
}
