/** The chart passes the configuration through Helm's `tpl`, which would evaluate braces in a label's value. */
export function escapeTemplate(text: string): string {
  return text.replaceAll("{{", ESCAPED_BRACES);
}

const ESCAPED_BRACES = '{{ "{{" }}';

/** The configuration as the chart will have evaluated it. */
export function unescapeTemplate(text: string): string {
  return text.replaceAll(ESCAPED_BRACES, "{{");
}
