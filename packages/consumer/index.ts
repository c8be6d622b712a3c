/**
 * What a program needs that reads Tempo's outputs: docs/guides/consumers.md. It loads nothing, neither the stack's program
 * nor a package.
 */
export { inCluster, serviceEnvironment, type Service } from "./environment";
export { outputKinds, outputNames, type TempoOutput, type TempoOutputs } from "./outputs";
export { tempoOutputs, type TempoReferences, type TempoStack } from "./read";
