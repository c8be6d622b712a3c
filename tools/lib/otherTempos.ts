/** What a command says where a Prometheus has Tempos, and none by the labels that are asked for. */

/** Labels that tell one Tempo from another, those of every way of scraping. */
const TELLING = ["job", "instance", "cluster", "namespace", "pod", "service"];

/**
 * @param found labels of what there is one of for each Tempo, or for each guard
 * @returns nothing where there is none
 */
export function describeOthers(found: readonly Readonly<Record<string, string>>[], of = "Tempos"): string | undefined {
  const shown = found.map((labels) => {
    const telling = TELLING.flatMap((label) => (label in labels ? `${label}="${labels[label] ?? ""}"` : []));
    return `{${telling.join(", ")}}`;
  });
  if (shown.length === 0) return undefined;
  return `It has other ${of}: ${shown.join(", ")}. If one of them is this stack's, write its labels in scrape.series`;
}
