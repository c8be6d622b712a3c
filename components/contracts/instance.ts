import type { Settings } from "./settings";

type Labels = Readonly<Record<string, string>>;

/**
 * A label on every series that this stack writes by itself: on what the metrics generator makes of spans, on what the
 * Alloy of `scrape.method: alloy` scrapes, on what the collector tells of itself. Without it two stacks would write
 * samples into one series.
 */
export const INSTANCE_LABEL = "tempo_instance";

/** What writes series. */
export type Named = Pick<Settings, "name" | "namespace">;

/** The label's value. @param owner value of the owner label, which tells clusters apart, too. */
export function instanceOf({ name, namespace }: Named, owner: string): string {
  return `${owner}/${namespace}/${name}`;
}

/** The labels on every series that is written, those of the settings included. */
export function writtenLabels(named: Named, owner: string, externalLabels: Labels): Record<string, string> {
  return { ...externalLabels, [INSTANCE_LABEL]: instanceOf(named, owner) };
}
