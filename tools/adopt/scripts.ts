import { stringify } from "yaml";
import type { LiveObject } from "../../lib/kubernetes/live";
import { OWNER_LABEL } from "../../lib/kubernetes/owner";
import { quote } from "../../components/grafana/api/resources";
import { nameOf } from "./shapes";
import { BEFORE, type Phase, type Step } from "./steps";

/** Names of the scripts; a phase without commands has none. */
const SCRIPTS: Readonly<Record<Phase, string>> = {
  prepare: "1-prepare.sh",
  switch: "2-switch.sh",
  check: "3-check.sh",
  tidy: "4-tidy.sh",
  undo: "undo.sh",
  back: "back.sh",
};

/** Files by their paths in the folder. @param root the project's folder, where `pulumi` and `npm` run. */
export function filesOf(
  steps: readonly Step[],
  { objects, kept, root }: { objects: readonly LiveObject[]; kept: readonly LiveObject[]; root: string },
): Record<string, string> {
  const scripts = Object.entries(SCRIPTS).flatMap(([phase, file]) => {
    const own = steps.filter((step) => step.phase === phase);
    return own.length === 0 ? [] : [[file, scriptOf(own, root)] as const];
  });
  return {
    ...Object.fromEntries(scripts),
    ...Object.fromEntries(objects.map((object) => [`${BEFORE}/${fileOf(object)}`, manifestOf(object)])),
    // Beside it, so that `apply -f before` does not touch them.
    ...Object.fromEntries(kept.map((object) => [`kept/${fileOf(object)}`, stringify(object)])),
  };
}

function fileOf(object: LiveObject): string {
  return `${(object.kind ?? "object").toLowerCase()}-${nameOf(object)}.yaml`;
}

/** Stops at the first command that fails, and can be run again. */
function scriptOf(steps: readonly Step[], root: string): string {
  return [
    "#!/bin/sh",
    "# Written by `npm run adopt`. It stops at the first command that fails; put that right, and run it again.",
    "set -eu",
    'here=$(cd "$(dirname "$0")" && pwd)',
    "say() { printf '\\n== %s\\n' \"$1\"; }",
    'ask() { printf \'%s\\nGo on? [y/N] \' "$1"; read -r answer; test "$answer" = y || { echo "Stopped."; exit 1; }; }',
    ...steps.flatMap(({ title, effect, byHand, commands, then }) => [
      "",
      `say ${quote(effect === undefined ? title : `${title} (${effect})`)}`,
      ...(byHand === undefined ? [] : [`ask ${quote(byHand)}`]),
      ...commands.map((command) => inFolder(command, root)),
      ...(then === undefined ? [] : [`ask ${quote(then)}`]),
    ]),
    "",
    "echo; echo 'This part is done.'",
    "",
  ].join("\n");
}

/** Pulumi and npm look for the project around them; everything else works on the files beside the script. */
function inFolder(command: string, root: string): string {
  const ofProject = /^(pulumi|npm) /.test(command);
  // A failing command after `!` does not end a shell with -e.
  const line = command.startsWith("! ") ? `if ${command.slice(2)} >/dev/null; then exit 1; fi` : command;
  return `(cd ${ofProject ? quote(root) : '"$here"'} && ${line})`;
}

const SERVERS = [
  "uid",
  "resourceVersion",
  "creationTimestamp",
  "generation",
  "managedFields",
  "selfLink",
  "ownerReferences",
];

/** An object as it can be applied again: without what the server has added. */
export function manifestOf(object: LiveObject): string {
  const { apiVersion, kind, metadata } = object;
  const rest = Object.fromEntries(
    Object.entries(object).filter(([key]) => !["apiVersion", "kind", "metadata", "status"].includes(key)),
  );
  const annotations = Object.entries(metadata?.annotations ?? {}).filter(
    ([key]) => key !== "kubectl.kubernetes.io/last-applied-configuration",
  );
  const kept = Object.fromEntries(
    Object.entries((metadata ?? {}) as object).filter(
      ([key]) => !SERVERS.includes(key) && key !== "annotations" && key !== "labels",
    ),
  );
  // A plan may be made again after the hand-over, and who goes back is nobody's again.
  const labels = Object.entries(metadata?.labels ?? {}).filter(([key]) => key !== OWNER_LABEL);
  return stringify(
    {
      apiVersion,
      kind,
      metadata: {
        ...kept,
        ...(labels.length > 0 && { labels: Object.fromEntries(labels) }),
        ...(annotations.length > 0 && { annotations: Object.fromEntries(annotations) }),
      },
      ...withoutAddresses(kind, rest),
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
}

/** An address that another Service may have by then. */
function withoutAddresses(kind: string | undefined, rest: Record<string, unknown>): Record<string, unknown> {
  const spec = rest["spec"];
  if (kind !== "Service" || typeof spec !== "object" || spec === null) return rest;
  const headless = Reflect.get(spec, "clusterIP") === "None";
  const kept = Object.entries(spec).filter(([key]) => headless || !/^clusterIPs?$/.test(key));
  return { ...rest, spec: Object.fromEntries(kept) };
}
