import { DATA_PATH } from "../../contracts/dataPath";
import type { Settings } from "../../contracts/settings";
import type { StorageConfiguration } from "../../contracts/tempoVersion";
import { OVERRIDES_FILE } from "./guard";
import { OVERRIDES_PERIOD, storagePlan } from "./plan";

/** What the volume decides in tempo.yaml. */
export function storageConfiguration(settings: Settings): StorageConfiguration {
  const { headBlockBytes, compactionBlockBytes, compactionPass } = storagePlan(settings);
  return {
    backend: { backend: "local", local: { path: `${DATA_PATH}/blocks` } },
    headBlockBytes,
    compactionBlockBytes,
    compactionPass,
    ...(settings.storage.adaptiveRetention && { overrides: { file: OVERRIDES_FILE, period: OVERRIDES_PERIOD } }),
  };
}
