import { describe, expect, it } from "vitest";
import { decodeStreams, shortNames, sizeText } from "../src/stream_catalog";
import { RATE_SAMPLES, sparkPoints, StreamRates } from "../src/stream_rates";

const listed = (size: number, generation = 0) =>
  decodeStreams({ streams: [{ name: "s", files: [{ path: "/a.log", size, generation, last_arrival: null }] }] });

describe("StreamRates", () => {
  it("tells growth in bytes a second, over rotations too", () => {
    const rates = new StreamRates();
    rates.observe(listed(1_000), 0);
    expect(rates.of("/a.log")).toEqual([]);
    rates.observe(listed(6_000), 5_000);
    rates.observe(listed(500, 1), 10_000);
    rates.observe(listed(400, 1), 15_000);
    expect(rates.of("/a.log")).toEqual([1_000, 100, 0]);
  });
  it("is bounded and forgets files that are gone", () => {
    const rates = new StreamRates();
    for (let n = 0; n <= 100; n += 1) rates.observe(listed(n), n * 1_000);
    expect(rates.of("/a.log").length).toBe(RATE_SAMPLES);
    rates.observe([], 200_000);
    expect(rates.of("/a.log")).toEqual([]);
  });
  it("draws within its box", () => {
    expect(sparkPoints([0, 10], 46, 14)).toBe("44.0,13.0 46.0,1.0");
  });
});

describe("decodeStreams", () => {
  it("takes what is not as expected for nothing", () => {
    for (const body of [null, 7, {}, { streams: 7 }, { streams: [null, 7] }]) expect(decodeStreams(body)).toEqual([]);
    expect(decodeStreams({ streams: [{ name: 7, files: [{}, { path: "/x", size: "1" }] }] })).toEqual([
      { name: "", files: [{ path: "/x", key: "/x", size: null, generation: 0, lastArrival: null }], raw: true },
    ]);
  });
});

describe("shortNames", () => {
  it("are as short as they can be told apart", () => {
    const paths = ["/var/log/nginx/access.log", "/var/log/apache2/access.log", "/var/log/syslog", "/srv/nginx/access.log"];
    expect([...shortNames(paths)]).toEqual([
      ["/var/log/syslog", "syslog"],
      ["/var/log/apache2/access.log", "apache2/access.log"],
      ["/var/log/nginx/access.log", "log/nginx/access.log"],
      ["/srv/nginx/access.log", "srv/nginx/access.log"],
    ]);
    expect([...shortNames(["a", "/a", "a"])]).toEqual([
      ["a", "a"],
      ["/a", "/a"],
    ]);
  });
});

describe("sizeText", () => {
  it("keeps two or three digits", () => {
    expect([0, 999, 1_000, 15_400, 40e9, 5e13].map(sizeText)).toEqual(["0 B", "999 B", "1.0 kB", "15 kB", "40 GB", "50 TB"]);
  });
});
