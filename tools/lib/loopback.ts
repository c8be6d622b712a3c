import { createServer as createHttp, type RequestListener } from "node:http";
import { createServer, type AddressInfo } from "node:net";

/** Servers and ports of 127.0.0.1, for the bench and for tests. */
export interface Served {
  readonly url: string;
  /** Ends it, its open connections as well. */
  readonly stop: () => Promise<void>;
}

/** Serves HTTP on a free port. */
export async function serve(answer: RequestListener): Promise<Served> {
  const server = createHttp(answer);
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => {
          stopped();
        });
        server.closeAllConnections();
      }),
  };
}

/** A port for each name, all different, that were free a moment ago. */
export async function freePorts<Name extends string>(names: readonly Name[]): Promise<Record<Name, number>> {
  const servers = names.map(() => createServer());
  const listening = servers.map(
    (server) =>
      new Promise<number>((found, fail) => {
        server.once("error", fail);
        server.listen(0, "127.0.0.1", () => {
          found((server.address() as AddressInfo).port);
        });
      }),
  );
  try {
    const ports = await Promise.all(listening);
    return Object.fromEntries(names.map((name, index) => [name, ports[index]])) as Record<Name, number>;
  } finally {
    await Promise.all(servers.map((server) => new Promise((closed) => server.close(closed))));
  }
}
