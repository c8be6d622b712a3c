import { advisoryWarnings } from "./advisories";
import { seriesWarnings } from "../components/monitoring/series";
import { traceStorageOf } from "../components/storage";
import type { Settings } from "../components/contracts/settings";

/** What is allowed and worth knowing before an `up`; a preview tells it, with an engine and without. */
export function warningsOf(settings: Settings): string[] {
  return [...traceStorageOf(settings).warnings(settings), ...seriesWarnings(settings), ...advisoryWarnings(settings)];
}
