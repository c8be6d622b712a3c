/** A mocha suite that has an API server of its own, or is skipped with the reason where there can be none. */
import { startApiServer, type ApiServer } from "./apiServer";
import { findApiServer } from "./findApiServer";
import { skipWithout } from "./skip";

/**
 * Declares a suite. The server starts before its first test and stops after its last one.
 * @param title the title of the suite
 * @param declare declares the tests; they, but not `declare` itself, may call `server`
 */
export function describeApiServer(title: string, declare: (server: () => ApiServer) => void): void {
  describe(title, function () {
    let server: ApiServer;
    // Nothing to stop where the start was skipped or failed.
    let stop = () => Promise.resolve();

    before(async function () {
      skipWithout(this, findApiServer());
      server = await startApiServer();
      stop = () => server.stop();
    });

    after(() => stop());

    declare(() => server);
  });
}
