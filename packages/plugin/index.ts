/** The components for programs in any language of Pulumi's: docs/guides/consumers.md. */
export { Collector } from "./collector";
export { TempoStack } from "./tempoStack";
