/**
 * Patterns of URL paths: segments of text, `{name}` for any one segment, and a `*` at the end for whatever follows. Both
 * Beyla and the transform of the collector get them, and mean the same by them.
 */

/** Paths of the probes of most services. */
export const IGNORED_ROUTES: string[] = ["/health", "/healthz", "/livez", "/readyz", "/ping"];

/** A segment that stands for any. */
const PLACEHOLDER = /^\{\w+\}$/;

/** Of a literal segment: what a path may hold but `{`, `}`, `*` and `:`, which begins a placeholder for Beyla. */
const LITERAL = /^[\w.~!$&'()+,;=@%-]+$/;

/** Whether a text is a pattern of paths. */
export function isRoutePattern(text: string): boolean {
  if (text === "/") return true;
  if (!/^\/[^/]/.test(text) || text.endsWith("/")) return false;
  const segments = text.slice(1).split("/");
  return segments.every(
    (segment, index) =>
      PLACEHOLDER.test(segment) || LITERAL.test(segment) || (segment === "*" && index === segments.length - 1),
  );
}

/** The regular expression of a pattern, for RE2 as for JavaScript. A `/` at the end of a path makes no difference. */
export function routeExpression(pattern: string): string {
  const segments = pattern.split("/").filter((segment) => segment !== "");
  const open = segments.at(-1) === "*";
  const parts = (open ? segments.slice(0, -1) : segments).map((segment) =>
    PLACEHOLDER.test(segment) ? "/[^/]+" : `/${segment.replace(/[.+$()*?^|[\]{}\\]/g, "\\$&")}`,
  );
  return `^${parts.join("")}${open ? "(?:/.*)?" : "/?"}$`;
}
