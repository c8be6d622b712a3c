/** Certificates for a receiver of a test, made by openssl for that one run. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { findOpenssl } from "../../../support/findProgram";
import { Lab } from "../../../support/lab";

/**
 * A certificate that signs itself, with its key, in PEM.
 * @param name whom it is for, such as `IP:127.0.0.1` or `DNS:tempo.example.com`
 */
export async function selfSigned(name: string): Promise<{ cert: string; key: string }> {
  const found = findOpenssl();
  if ("missing" in found) throw new Error(found.missing);
  const lab = new Lab();
  try {
    const [cert, key] = [lab.path("cert.pem"), lab.path("key.pem")];
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    const subject = ["-subj", "/CN=receiver", "-addext", `subjectAltName=${name}`];
    const args = ["req", "-x509", ...kind, ...subject, "-out", cert, "-keyout", key];
    execFileSync(found.openssl, args, { stdio: "pipe" });
    return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
  } finally {
    await lab.stop();
  }
}
