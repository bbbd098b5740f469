import { describe, expect, it } from "vitest";
import { findingsOf } from "../../../types/result";
import { compare } from "../compare";

const result = (names: string, changes: object = {}) => ({ findings: [...names].map((fingerprint) => ({ fingerprint })), ...changes });
const told = (rows: { fingerprint: string; state: string | null }[]) => rows.map(({ fingerprint, state }) => `${fingerprint} ${state}`);

describe("comparing with the operation before", () => {
  it("goes by the lists where an older record tells no states", () => {
    expect(told(compare(result("ab"), result("bc")).rows)).toEqual(["a new", "b known", "c fixed"]);
    expect(told(compare(result("ab"), {}).rows)).toEqual(["a new", "b new"]);
  });

  it("says nothing of what a list that was cut may hide", () => {
    expect(told(compare(result("ab"), result("bc", { truncated: true })).rows)).toEqual(["a null", "b known", "c fixed"]);
    expect(told(compare(result("ab", { truncated: true }), result("bc")).rows)).toEqual(["a new", "b known"]);
    expect(told(compare(result("ab"), null).rows)).toEqual(["a null", "b null"]);
  });

  it("trusts the state that a finding tells", () => {
    const known = { findings: [{ fingerprint: "a", state: "known" }, { fingerprint: "b", state: "odd" }] };
    expect(findingsOf(known).map(({ state }) => state)).toEqual(["known", null]);
    expect(told(compare(known, {}).rows)).toEqual(["a known", "b new"]);
  });

  it("counts what is not listed, and the suppressed ones apart", () => {
    const given = { ...result("ab", { truncated: true }), delta: { new: 5, known: 1, fixed: 2 } };
    const { rows, hidden } = compare(given, result("b"), new Set(["a"]));
    expect(told(rows)).toEqual(["a suppressed", "b known"]);
    expect(hidden).toEqual({ new: 4, known: 0, fixed: 2 });
  });
});
