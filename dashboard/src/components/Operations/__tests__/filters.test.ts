import { describe, expect, it } from "vitest";
import { filtersOf, queryOf, resolved } from "../filters";

const NOON = Date.parse("2026-01-24T12:00:00Z");

describe("the filters in an address", () => {
  it("are read and written in one order, without what is none", () => {
    expect(filtersOf("?since=today&status=failed&nonsense=1&verdict=")).toEqual({ status: "failed", since: "today" });
    expect(queryOf({ since: "today", status: "failed", verdict: "" })).toBe("status=failed&since=today");
  });

  it.each([
    ["today", "2026-01-24T00:00:00.000Z"],
    ["24h", "2026-01-23T12:00:00.000Z"],
    ["7d", "2026-01-17T12:00:00.000Z"],
    ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"],
  ])("begin at a time: %s", (since, time) => expect(resolved({ since }, NOON, "utc")).toEqual({ since: time }));

  it("begin today where the person is", () => {
    const midnight = new Date(NOON);
    midnight.setHours(0, 0, 0, 0);
    expect(resolved({ since: "today" }, NOON, "local").since).toBe(midnight.toISOString());
    expect(resolved({ status: "failed" }, NOON, "local")).toEqual({ status: "failed" });
  });
});
