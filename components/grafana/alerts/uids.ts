/** Grafana refuses a uid of more characters. */
export const LONGEST_UID = 40;

/** A service's name as its alert rules have it in their uids; two names can come to the same. */
export function serviceKey(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}
