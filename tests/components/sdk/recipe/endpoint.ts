/** Where an SDK sends to over HTTP, which notes what is asked of it, and where. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { decodeTraces, type ReceivedSpan } from "../../../support/otlp";

export interface Asked {
  /** Method and path. */
  readonly request: string;
  readonly contentType: string | undefined;
  readonly compression: string | undefined;
  readonly spans: readonly ReceivedSpan[];
}

/** Takes what is sent while a function runs; only /v1/traces is there, as in Tempo. */
export async function whileReceiving(use: (url: string) => Promise<void>): Promise<Asked[]> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void read(request).then((one) => {
      asked.push(one);
      response.writeHead(one.request === "POST /v1/traces" ? 200 : 404).end();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  return asked;
}

async function read(request: IncomingMessage): Promise<Asked> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks);
  const { "content-type": contentType, "content-encoding": compression } = request.headers;
  return {
    request: `${request.method} ${request.url}`,
    contentType,
    compression,
    spans: decodeTraces(compression === "gzip" ? gunzipSync(body) : body),
  };
}
