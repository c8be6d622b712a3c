import { parseArguments, type Kind } from "../lib/parseArguments";

/** The words of `npm run adopt`. */
export const USAGE = `npm run adopt -- --stack NAME [--config FILE] [--tempo-version X.Y.Z] [--shorten-retention]
                   [--write FOLDER] [--json]

  --stack NAME           the stack that shall take over: its Pulumi.NAME.yaml
  --config FILE          the old Tempo's tempo.yaml, where it cannot be read from its ConfigMap
  --tempo-version X.Y.Z  the old Tempo's version, where its image does not tell
  --shorten-retention    the stack may keep traces for a shorter time than the old Tempo did: older ones are deleted
  --write FOLDER         writes the steps as scripts, and the old manifests, into a new or empty folder
  --json                 the plan as JSON on standard output

It reads the cluster that the stack names and prints what is to be done, in order. It changes nothing, on the cluster
or elsewhere: the commands, or the scripts, are yours to run. With $GRAFANA_AUTH it looks at Grafana, too.
Exit status: 0 there is a plan, 1 something stands in its way, 2 its arguments are invalid.`;

export interface Arguments {
  readonly help: boolean;
  readonly json: boolean;
  readonly stack: string;
  /** Path of the old Tempo's configuration. */
  readonly config?: string;
  /** The old Tempo's version. */
  readonly version?: string;
  /** The explicit word for a retention that deletes what the old Tempo would have kept. */
  readonly shortenRetention: boolean;
  /** Folder for scripts and old manifests. */
  readonly write?: string;
}

const notEmpty = (write: string): Kind<string> => ({ read: (text) => text || undefined, write });

const kinds = {
  stack: notEmpty("the NAME of a Pulumi.NAME.yaml"),
  config: notEmpty("the path of a tempo.yaml"),
  "tempo-version": {
    read: (text: string) => (/^v?\d+\.\d+\.\d+$/.test(text) ? text.replace("v", "") : undefined),
    write: "a version of three numbers, such as 2.9.0",
  },
  write: notEmpty("the path of a folder"),
} as const;

/**
 * Parses the command's arguments.
 * @throws ArgumentsError with everything that is wrong, and what to write
 */
export function readArguments(words: readonly string[]): Arguments {
  const given = parseArguments(words, kinds, ["shorten-retention", "json", "help"]);
  return {
    help: given.help ?? false,
    json: given.json ?? false,
    // Never a default: what is about to be taken over is somebody's.
    stack: given.stack ?? "",
    shortenRetention: given["shorten-retention"] ?? false,
    ...(given.config !== undefined && { config: given.config }),
    ...(given["tempo-version"] !== undefined && { version: given["tempo-version"] }),
    ...(given.write !== undefined && { write: given.write }),
  };
}
