/** Takes what the generator writes remotely and keeps nothing, so that no Prometheus shares the machine. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface Sink {
  readonly url: string;
  close(): void;
}

export async function openSink(): Promise<Sink> {
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => response.writeHead(204).end());
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  server.unref();
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/write`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
