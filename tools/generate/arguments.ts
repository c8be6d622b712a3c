import { z } from "zod";
import { aboutOf, type Setting } from "../../lib/schema/walk";
import { refusedSettings } from "../../packages/plugin/settings";
import { defaultOf, pascal, plain } from "./text";

const HEAD = `/**
 * The arguments of the components: the settings of a stack by the same names, as plain interfaces, which is what Pulumi's
 * analyzer makes a schema of. Written by \`npm run generate\`. Amounts and durations are texts such as \`10Gi\` and \`168h\`.
 * What is missing: credentials (Grafana's is taken from $GRAFANA_AUTH), and \`allowedKubeContexts\`, for which there is no
 * current context that a program in another language has agreed to.
 */
`;

/** Which cluster; the component of a collector alone is told where to send, too. */
const CLUSTER = ["kubeContext", "kubeconfig"];
const OF_STACK = [...CLUSTER, "endpoint"];

/** packages/plugin/args.ts */
export function renderArguments(settings: readonly Setting[]): string {
  const interfaces = new Map<string, string>();
  const emit = (name: string, description: string, fields: readonly Setting[], base = ""): void => {
    const lines = fields.filter(({ path }) => !isRefused(path)).map((field) => property(field, emit));
    interfaces.set(name, `/** ${plain(description)} */\nexport interface ${name}${base} {\n${lines.join("\n")}\n}\n`);
  };
  emit(
    "ClusterSection",
    "Which cluster",
    settings
      .filter(({ key }) => CLUSTER.includes(key))
      .map((each) => ({ ...each, isRequired: each.key === CLUSTER[0] })),
  );
  for (const setting of settings) {
    const { key, description = "", settings: below } = setting;
    if (!below) continue;
    if (key !== "collector") {
      emit(typeNameOf(setting), description, below);
      continue;
    }
    emit(
      "CollectorSection",
      description,
      below.filter((each) => !OF_STACK.includes(each.key)),
    );
    emit(
      "StackCollectorSection",
      "The collector of a whole stack, on a cluster of its own or on Tempo's",
      below.filter((each) => OF_STACK.includes(each.key)),
      " extends CollectorSection",
    );
  }
  return [HEAD, ...interfaces.values()].join("\n");
}

type Emit = (name: string, description: string, fields: readonly Setting[]) => void;

function property(setting: Setting, emit: Emit): string {
  const { key, description = "", isRequired } = setting;
  const byDefault = defaultOf(setting);
  const note = byDefault === undefined || /^[[{]/.test(byDefault) ? "" : ` Default: ${byDefault}.`;
  const type = typeOf(setting, emit);
  const any = type.includes("any")
    ? "  // oxlint-disable-next-line typescript/no-explicit-any -- the analyzer takes no other word for it\n"
    : "";
  return `  /** ${plain(description)}${note} */\n${any}  readonly ${key}${isRequired ? "" : "?"}: ${type};`;
}

function typeOf(setting: Setting, emit: Emit): string {
  const { type, label = "", settings, isList } = setting;
  const list = isList ? "[]" : "";
  if (settings) {
    const name = typeNameOf(setting);
    // Those of a section that others have too are the same.
    emit(name, setting.description ?? "", settings);
    return `${name}${list}`;
  }
  if (isList) return (type as z.ZodArray).element instanceof z.ZodObject || label === "" ? elementOf(type) : "string[]";
  if (label === "boolean") return "boolean";
  if (/^(?:\d|number|share)/.test(label)) return "number";
  if (label === "map") return "Record<string, any>";
  return label.startsWith("map of") ? "Record<string, string>" : "string";
}

function elementOf(type: z.ZodType): string {
  const element = (type as z.ZodArray).element as z.ZodType;
  const isText = element instanceof z.ZodEnum || aboutOf(element).label;
  return isText ? "string[]" : "Record<string, any>[]";
}

function typeNameOf({ key, type, typeName }: Setting): string {
  const element = type instanceof z.ZodArray ? (type.element as z.ZodType) : type;
  const { typeName: ofElement } = aboutOf(element);
  return `${typeName ?? ofElement ?? pascal(key)}Section`;
}

function isRefused(path: string): boolean {
  return path in refusedSettings;
}
