/** A relay of TCP connections on a port of 127.0.0.1, as a proxy on the way is one. */
import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

export class Relay {
  private readonly server: Server;
  private readonly sockets = new Set<Socket>();
  /** Connections, in the order of their coming. */
  private readonly connections: { silent: boolean }[] = [];

  /** @param target the port that it hands on to */
  constructor(target: number) {
    this.server = createServer((near) => {
      const connection = { silent: false };
      this.connections.push(connection);
      const far = connect(target, "127.0.0.1");
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.sockets.add(from);
        from.on("data", (chunk) => {
          if (!connection.silent) to.write(chunk);
        });
        // Of a connection that has gone silent nobody hears the end either.
        from.on("close", () => {
          if (!connection.silent) to.destroy();
        });
        from.on("error", () => from.destroy());
      }
    });
  }

  async start(): Promise<number> {
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    return (this.server.address() as AddressInfo).port;
  }

  /** From now on nothing passes through the connections that there are; new ones work. */
  silence(): void {
    for (const connection of this.connections) connection.silent = true;
  }

  async stop(): Promise<void> {
    const closed = once(this.server, "close");
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}
