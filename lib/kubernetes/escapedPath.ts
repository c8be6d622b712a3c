/**
 * A URL's path as Go writes it: what is escaped without need comes without it, a slash as well.
 * Source: `escape` with `encodePath` in Go's net/url.
 */
export function escapedPath(path: string): string {
  return encodeURIComponent(decodeURIComponent(path))
    .replaceAll(/%(24|26|2B|2C|2F|3A|3B|3D|40)/g, decodeURIComponent)
    .replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}
