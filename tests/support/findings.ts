/** What the rules between settings say. */
import { formatProblem } from "../../lib/problems";
import { validateCrossFields } from "../../stack/rules";
import type { Settings } from "../../components/contracts/settings";
import { schema, type Key } from "../../stack/schema";

export type Inputs = Partial<Record<Key, unknown>>;

/** Settings as they parse: the defaults, apart from the given inputs. */
export function parse(inputs: Inputs): Settings {
  const entries = Object.entries(schema).map(([key, type]) => [key, type.parse(inputs[key as Key])]);
  return Object.fromEntries(entries) as Settings;
}

/** The findings on a stack that names its cluster and is otherwise as given. */
export function findings(inputs: Inputs, isSecret: (key: string) => boolean = () => false): string[] {
  return validateCrossFields(parse({ kubeContext: "c", ...inputs }), isSecret).map(formatProblem);
}
