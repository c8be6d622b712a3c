/**
 * Puts a part's table into the document, between the two comments that name it.
 * @throws Error where the document has no such place.
 */
export function withTable(document: string, part: string, text: string): string {
  const [begin, end] = [`<!-- bench ${part} -->`, `<!-- end of ${part} -->`];
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no place for ${part}: ${begin} … ${end}`);
  return `${document.slice(0, from + begin.length)}\n\n${text}\n\n${document.slice(to)}`;
}
