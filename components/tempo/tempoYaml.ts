import { stringify } from "yaml";
import type { Settings } from "../contracts/settings";
import type { Section } from "../contracts/tempoVersion";
import { traceStorageOf } from "../storage";
import { tempoVersionOf } from "../versions";

/** @param owner value of the owner label. */
export function tempoConfig(settings: Settings, owner: string): Section {
  return tempoVersionOf(settings).configuration(settings, owner, traceStorageOf(settings).configuration(settings));
}

/** tempo.yaml as text. */
export function renderTempoYaml(settings: Settings, owner: string): string {
  return stringify(tempoConfig(settings, owner), { lineWidth: 0, aliasDuplicateObjects: false });
}
