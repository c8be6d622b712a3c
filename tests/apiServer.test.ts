/** What needs an API server and can share one, whose start takes longer than most of what is asked of it. */
import { asksAboutState } from "./lib/kubernetes/onApiServer";
import { asksAboutSenders } from "./components/collector/onApiServer";
import { asksAboutScraping } from "./components/monitoring/onApiServer";
import { asksAboutEverything } from "./stack/program/onApiServer";
import { asksAboutSettings } from "./stack/accepted/onApiServer";
import { describeApiServer } from "./support/describeApiServer";

describeApiServer("a real API server", (server) => {
  // In this order: what sends is looked for on an empty cluster first.
  describe("asked about what sends", () => {
    asksAboutSenders(server);
  });
  describe("asked about what scrapes", () => {
    asksAboutScraping(server);
  });
  describe("asked about what the state has", () => {
    asksAboutState(server);
  });
  describe("asked about settings", () => {
    asksAboutSettings(server);
  });
  describe("asked about everything that is rendered", () => {
    asksAboutEverything(server);
  });
});
