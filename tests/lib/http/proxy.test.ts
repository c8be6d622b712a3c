import assert from "node:assert/strict";
import { proxyOf } from "../../../lib/http/proxy";

const PROXY = "http://proxy.example.test:3128";

/** Whether a URL goes through the proxy. */
function goes(url: string, environment: NodeJS.ProcessEnv): boolean {
  return proxyOf(new URL(url), environment) !== undefined;
}

describe("the proxy of the environment", () => {
  it("is another for https than for http, by a variable in upper or lower case", () => {
    for (const [name, url] of [
      ["HTTPS_PROXY", "https://grafana.example.test"],
      ["https_proxy", "https://grafana.example.test"],
      ["HTTP_PROXY", "http://grafana.example.test"],
      ["http_proxy", "http://grafana.example.test"],
    ] as const) {
      assert.equal(proxyOf(new URL(url), { [name]: PROXY })?.host, "proxy.example.test:3128", name);
      const other = url.startsWith("https") ? url.replace("https", "http") : url.replace("http", "https");
      assert.equal(proxyOf(new URL(other), { [name]: PROXY }), undefined, name);
    }
  });

  it("is the one of the upper case where both are set, unless that is empty", () => {
    const url = new URL("https://a.test");
    assert.equal(proxyOf(url, { HTTPS_PROXY: "http://upper", https_proxy: "http://lower" })?.host, "upper");
    assert.equal(proxyOf(url, { HTTPS_PROXY: "", https_proxy: "http://lower" })?.host, "lower");
    assert.equal(proxyOf(url, { HTTPS_PROXY: "", https_proxy: "" }), undefined);
  });

  it("may be written without a scheme, and is none where it is no URL at all", () => {
    for (const text of ["proxy.example.test:3128", "10.0.0.1:3128", "[fd00::1]:3128", "me:secret@proxy:1"]) {
      assert.equal(proxyOf(new URL("https://a.test"), { HTTPS_PROXY: text })?.protocol, "http:", text);
    }
    for (const text of [":", "%"]) {
      assert.equal(proxyOf(new URL("https://a.test"), { HTTPS_PROXY: text }), undefined, text);
    }
    assert.equal(proxyOf(new URL("https://a.test"), { HTTPS_PROXY: "socks5://p:1080" })?.protocol, "socks5:");
  });

  it("is refused with a space around it, which Go takes for no URL, and without its value", () => {
    for (const value of [` ${PROXY}`, `${PROXY} `]) {
      const message = "the variable HTTPS_PROXY begins or ends with a space. Write the proxy's URL without it";
      assert.throws(() => goes("https://example.test", { HTTPS_PROXY: value }), { message });
    }
  });

  it("never stands before localhost and loopback addresses", () => {
    for (const host of ["localhost", "127.0.0.1", "127.8.9.10:6443", "[::1]", "[::1]:6443"]) {
      assert.equal(goes(`https://${host}`, { HTTPS_PROXY: PROXY }), false, host);
    }
    for (const host of ["localhost.example", "sub.localhost", "128.0.0.1", "[fd00::1]"]) {
      assert.equal(goes(`https://${host}`, { HTTPS_PROXY: PROXY }), true, host);
    }
  });

  // As golang.org/x/net/http/httpproxy has them, whose own tests name most of these.
  const cases: [entry: string, direct: string[], through: string[]][] = [
    [
      "example.test",
      ["example.test", "a.example.test", "a.b.example.test:8443", "EXAMPLE.test"],
      ["ample.test", "xexample.test", "example.test.org"],
    ],
    [".example.test", ["a.example.test"], ["example.test"]],
    ["*.example.test", ["a.example.test"], ["example.test"]],
    ["example.test:8443", ["example.test:8443", "a.example.test:8443"], ["example.test", "example.test:443"]],
    ["example.test:443", ["example.test", "a.example.test:443"], ["example.test:8443"]],
    [" Example.TEST , other", ["example.test", "other"], ["another"]],
    ["*", ["example.test", "10.1.2.3", "[fd00::1]"], []],
    ["a,*", ["example.test"], []],
    ["10.0.0.0/8", ["10.1.2.3", "10.255.255.255:6443"], ["11.0.0.1", "ten.example.test"]],
    ["10.1.2.3", ["10.1.2.3", "10.1.2.3:6443"], ["10.1.2.4"]],
    ["10.1.2.3:6443", ["10.1.2.3:6443"], ["10.1.2.3"]],
    ["10.1", [], ["10.1.2.3"]],
    ["2.3", [], ["10.1.2.3"]],
    ["10.0.0.0/33", [], ["10.0.0.0", "10.1.2.3"]],
    ["fd00::/8", ["[fd00::1]", "[fdff::1]:6443"], ["[fe00::1]", "10.0.0.1"]],
    ["fd00::1", ["[fd00::1]", "[fd00:0:0::1]:6443"], ["[fd00::2]"]],
    ["[fd00::1]:6443", ["[fd00::1]:6443"], ["[fd00::1]"]],
    ["", [], ["example.test"]],
    [",,:8443,", [], ["example.test:8443"]],
    ["::ffff:10.1.2.3", ["10.1.2.3", "[::ffff:10.1.2.3]"], ["10.1.2.4"]],
    ["10.1.2.3", ["[::ffff:10.1.2.3]"], ["[::ffff:10.1.2.4]"]],
    ["10.0.0.0/8", ["[::ffff:10.1.2.3]"], ["[::ffff:11.1.2.3]"]],
    ["::ffff:10.0.0.0/104", ["10.1.2.3"], ["11.1.2.3"]],
    ["test", ["example.test", "test"], ["atest"]],
    [".", [], ["example.test"]],
  ];
  for (const [entry, direct, through] of cases) {
    it(`is kept out by NO_PROXY=${JSON.stringify(entry)} as in Go`, () => {
      for (const name of ["NO_PROXY", "no_proxy"]) {
        const environment = { HTTPS_PROXY: PROXY, [name]: entry };
        for (const host of direct) assert.equal(goes(`https://${host}`, environment), false, host);
        for (const host of through) assert.equal(goes(`https://${host}`, environment), true, host);
      }
    });
  }
});
