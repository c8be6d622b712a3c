import { serve, type Served } from "../../tools/lib/loopback";

/** Takes what the generator writes remotely and keeps nothing, so that no Prometheus shares the machine. */
export function openSink(): Promise<Served> {
  return serve((request, response) => {
    request.resume();
    request.on("end", () => response.writeHead(204).end());
  });
}
