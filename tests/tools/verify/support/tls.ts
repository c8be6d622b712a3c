/** Certificates of an authority of our own, made by openssl for one run. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Lab } from "../../../support/lab";

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/**
 * Makes a certificate that nobody has signed but itself.
 * @param name for which it stands
 * @param days until it ends; negative for one that has ended
 */
export function selfSigned(lab: Lab, name: string, days = 2): Certificate {
  const [key, cert] = [lab.path(`${name}.key`), lab.path(`${name}.pem`)];
  const subject = ["-subj", `/CN=${name}`, "-addext", `subjectAltName=DNS:${name}`];
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const run = (...args: string[]): Buffer => execFileSync("openssl", args, { stdio: ["ignore", "pipe", "ignore"] });
  const asked = lab.path(`${name}.csr`);
  run("req", ...curve, "-keyout", key, "-out", asked, ...subject);
  // Not in one step: `req` makes none that has ended.
  const signed = ["-signkey", key, "-copy_extensions", "copyall", "-days", String(days)];
  run("x509", "-req", "-in", asked, ...signed, "-out", cert);
  return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
}
