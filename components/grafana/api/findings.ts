import type { Problem } from "../../../lib/problems";
import type { ImportingRun } from "./resources";
import type { GrafanaSnapshot } from "./snapshot";

/**
 * What only the live Grafana can tell: whether a data source is there, whose it is and what would be lost, whether a
 * name that is about to be written is taken. Asked before anything is registered. The provider would find out later, one
 * by one, after two minutes of retries each for a rule group.
 */
export interface GrafanaFindings {
  readonly problems: readonly Problem[];
  /** What the plan does not show by itself. */
  readonly notes: readonly string[];
}

/** What the checks are told of the run. */
export interface GrafanaRun extends ImportingRun {
  /** Prefixes the keys of settings. */
  readonly project: string;
  /** Value of the owner label. */
  readonly owner: string;
}

/** What every check gets. */
export interface GrafanaContext extends GrafanaRun {
  /** The full key of the section. */
  readonly section: string;
  readonly live: GrafanaSnapshot;
}
