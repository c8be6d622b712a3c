/** An authority with certificates of servers and clients, made by openssl for one run. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Paths of a certificate and its key, and their texts. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
  readonly cert: string;
  readonly keyText: string;
}

/** Makes certificates in a folder. */
export class Authority {
  private serial = 1;

  constructor(
    private readonly openssl: string,
    private readonly folder: string,
  ) {}

  /** One that signs itself and others. */
  root(name: string): Pair {
    return this.make(name, ["-x509", "-addext", "basicConstraints=critical,CA:TRUE"]);
  }

  /** One that another signs: `names` such as `DNS:localhost`; without them it may sign others itself. */
  signed(name: string, by: Pair, names?: string): Pair {
    const extension = names === undefined ? "basicConstraints=critical,CA:TRUE" : `subjectAltName=${names}`;
    const path = join(this.folder, `${name}.extensions`);
    writeFileSync(path, extension);
    const made = this.make(name, []);
    const serial = String(this.serial++);
    const args = ["-req", "-in", made.certificate, "-CA", by.certificate, "-CAkey", by.key, "-set_serial", serial];
    this.run("x509", [...args, "-days", "2", "-extfile", path, "-out", `${made.certificate}.signed`]);
    writeFileSync(made.certificate, readFileSync(`${made.certificate}.signed`));
    return { ...made, cert: readFileSync(made.certificate, "utf8") };
  }

  private make(name: string, more: readonly string[]): Pair {
    const [certificate, key] = [join(this.folder, `${name}.crt`), join(this.folder, `${name}.key`)];
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
    this.run("req", [...kind, "-subj", `/CN=${name}`, ...more, "-out", certificate, "-keyout", key]);
    return { certificate, key, cert: readFileSync(certificate, "utf8"), keyText: readFileSync(key, "utf8") };
  }

  private run(command: string, args: readonly string[]): void {
    execFileSync(this.openssl, [command, ...args], { stdio: "pipe" });
  }
}
