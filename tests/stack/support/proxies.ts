/** Proxies on loopback, which lead every name to 127.0.0.1 and remember what they were asked for. */
import { once } from "node:events";
import { createServer as createHttp, request, type IncomingMessage } from "node:http";
import { createServer as createHttps } from "node:https";
import { connect, createServer as createTcp, type AddressInfo, type Server, type Socket } from "node:net";

export interface TestProxy {
  readonly url: string;
  /** `CONNECT host:port`, `GET http://host/path` or `SOCKS host:port`, with the credential that was given. */
  readonly asked: string[];
  /** Every header that a proxy for HTTP was sent. */
  readonly headers: string[];
  stop(): Promise<void>;
}

export interface ProxyOptions {
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Instead of every connection: a status, or no answer at all. */
  readonly refuse?: number | "silence";
}

/** A proxy for HTTP, by CONNECT and by whole URLs. */
export async function startHttpProxy({ tls, refuse }: ProxyOptions = {}): Promise<TestProxy> {
  const asked: string[] = [];
  const headers: string[] = [];
  const server = tls ? createHttps(tls) : createHttp();
  const note = (what: string, message: IncomingMessage): void => {
    const [, credential = ""] = (message.headers["proxy-authorization"] ?? "").split(" ");
    asked.push(`${what}${credential === "" ? "" : ` as ${Buffer.from(credential, "base64").toString()}`}`);
    headers.push(...Object.keys(message.headers));
  };
  server.on("request", (message: IncomingMessage, response) => {
    note(`${message.method} ${message.url}`, message);
    if (refuse !== undefined) {
      if (refuse !== "silence") response.writeHead(refuse).end();
      return;
    }
    const { port, pathname, search } = new URL(message.url ?? "");
    const options = {
      host: "127.0.0.1",
      port,
      path: `${pathname}${search}`,
      method: message.method,
      headers: message.headers,
    };
    message.pipe(
      request(options, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      }),
    );
  });
  server.on("connect", (message: IncomingMessage, client: Socket) => {
    note(`CONNECT ${message.url}`, message);
    if (refuse !== undefined) {
      if (refuse !== "silence") client.end(`HTTP/1.1 ${refuse} Refused\r\n\r\n`);
      return;
    }
    join(client, Number(message.url?.split(":").at(-1)), () => client.write("HTTP/1.1 200 OK\r\n\r\n"));
  });
  return started(server, tls ? "https" : "http", asked, headers);
}

/** A proxy for SOCKS 5 without a credential. */
export async function startSocksProxy(): Promise<TestProxy> {
  const asked: string[] = [];
  const server = createTcp((client) => {
    client.once("data", () => {
      client.write(Buffer.from([5, 0]));
      client.once("data", (question) => {
        const isName = question[3] === 3;
        const length = isName ? (question[4] ?? 0) : 4;
        const start = isName ? 5 : 4;
        const host = question.subarray(start, start + length);
        const port = question.readUInt16BE(start + length);
        asked.push(`SOCKS ${isName ? host.toString() : [...host].join(".")}:${port}`);
        join(client, port, () => client.write(Buffer.from([5, 0, 0, 1, 127, 0, 0, 1, 0, 0])));
      });
    });
    client.on("error", () => client.destroy());
  });
  return started(server, "socks5", asked, []);
}

function join(client: Socket, port: number, ready: () => void): void {
  const server = connect(port, "127.0.0.1", () => {
    ready();
    client.pipe(server).pipe(client);
  });
  client.on("close", () => server.destroy());
  server.on("error", () => client.destroy());
}

async function started(server: Server, scheme: string, asked: string[], headers: string[]): Promise<TestProxy> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    headers,
    stop: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
