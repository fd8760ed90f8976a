import { expect, test } from "vitest";
import { decodeHistogram, Histogram } from "../src/histogram";
import type { LogRecord } from "../src/record";

const live = (seconds: number, level: LogRecord["level"]) => ({ level, time: null, arrived: new Date(seconds * 1_000).toISOString() }) as LogRecord;

test("lays what arrives over what was counted", () => {
  const histogram = new Histogram("http://h/", () => undefined);
  histogram.data = decodeHistogram(
    '{"from":"1970-01-01T00:00:00Z","to":"1970-01-01T00:00:30Z","bucket_ms":10000,"buckets":[{"time":"1970-01-01T00:00:10Z","counts":{"error":3}}]}',
  );
  histogram.add(live(12, "error"));
  histogram.add(live(25, null));
  const { times, values } = histogram.columns(0, 30);
  expect(times).toEqual([0, 10, 20]);
  expect(values.error).toEqual([0, 4, 0]);
  expect(values.unknown).toEqual([0, 0, 1]);
});

test("lets go of what the chart has left behind", () => {
  const histogram = new Histogram("http://h/", () => undefined);
  histogram.data = decodeHistogram('{"from":"1970-01-01T00:00:00Z","to":"1970-01-01T00:00:30Z","bucket_ms":10000,"buckets":[]}');
  for (let seconds = 0; seconds < 1_000; seconds += 10) {
    histogram.add(live(seconds, "info"));
    histogram.columns(seconds - 100, seconds);
  }
  expect(histogram.data?.counts.size).toBeLessThanOrEqual(12);
  expect(histogram.columns(900, 1_000).values.info).toEqual(Array(10).fill(1));
});

test("takes what is no histogram for none", () => {
  for (const text of ["", "7", "{}", '{"from":"x","to":"y","bucket_ms":1}', '{"from":"1970-01-01T00:00:00Z","to":"1970-01-01T00:00:00Z","bucket_ms":0}']) {
    expect(decodeHistogram(text)).toBeNull();
  }
});
