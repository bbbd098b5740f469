import { describe, expect, it } from "vitest";
import { type Schema, draftOf, fieldsOf, read, readJson } from "./schema";

const schema: Schema = {
  properties: {
    name: { type: "string", minLength: 2, maxLength: 4, pattern: "^[a-z]+$" },
    depth: { type: "integer", minimum: 1, maximum: 9, default: 3 },
    share: { type: "number", exclusiveMinimum: 0, exclusiveMaximum: 1 },
    deep: { type: "boolean", default: true },
    mode: { $ref: "#/$defs/Mode" },
    paths: { type: "array", items: { type: "string", maxLength: 3 }, maxItems: 2, default: ["a"] },
    note: { anyOf: [{ type: "string" }, { type: "null" }], default: null },
  },
  required: ["name"],
  $defs: { Mode: { type: "string", enum: ["fast", "slow"] } },
};
const fields = fieldsOf(schema) ?? [];
const draft = { ...draftOf(fields), name: "abc" };

describe("a capability's schema as a form", () => {
  it("has a field for each kind of property", () => {
    expect(fields.map(({ kind }) => kind)).toEqual(["string", "integer", "number", "boolean", "enum", "list", "string"]);
    expect(fields[0]).toMatchObject({ label: "name", required: true });
  });

  it("keeps what stands beside a reference, and its own name rather than that of the type", () => {
    const environment = { $ref: "#/$defs/Env", description: "Where it goes" };
    const $defs = { Env: { title: "Env", type: "string", enum: ["staging"] } };
    const [first, second] = fieldsOf({ properties: { seconds: { type: "integer" }, environment }, required: ["environment"], $defs }) ?? [];
    expect(first).toMatchObject({ name: "environment", label: "environment", help: "Where it goes", kind: "enum", required: true });
    expect(second).toMatchObject({ name: "seconds", required: false });
  });

  it("begins with the defaults, and leaves out what is empty", () => {
    expect(read(fields, draft)).toEqual({ value: { name: "abc", depth: 3, deep: true, paths: ["a"] }, errors: {} });
  });

  it.each([
    ["name", "", "name is needed."],
    ["name", "a", "name must have at least 2 characters."],
    ["name", "abcde", "name must have at most 4 characters."],
    ["name", "ABC", "name does not have the form that is asked for."],
    ["depth", "1.5", "depth must be a whole number."],
    ["depth", "x", "depth must be a whole number."],
    ["depth", "0", "depth must be at least 1."],
    ["depth", "10", "depth must be at most 9."],
    ["share", "0", "share must be more than 0."],
    ["share", "1", "share must be less than 1."],
    ["mode", "other", "mode must be one of fast, slow."],
    ["paths", "a\nb\nc", "paths takes at most 2 lines."],
    ["paths", "long", "“long” must have at most 3 characters."],
  ])("says what is wrong with %s %j", (name, typed, sentence) => {
    expect(read(fields, { ...draft, [name]: typed }).errors).toEqual({ [name]: sentence });
  });

  it("leaves a pattern that the browser cannot read to the server", () => {
    const odd = fieldsOf({ properties: { a: { type: "string", pattern: "(?P<x>a)" } } }) ?? [];
    expect(read(odd, { a: "b" }).errors).toEqual({});
  });

  it.each<[string, Schema]>([
    ["free properties", { additionalProperties: true }],
    ["a nested object", { properties: { a: { type: "object" } } }],
    ["numbers to choose from", { properties: { a: { enum: [1, 2] } } }],
    ["one of two kinds", { properties: { a: { anyOf: [{ type: "string" }, { type: "integer" }] } } }],
  ])("is a JSON editor for %s", (_, given) => {
    expect(fieldsOf(given)).toBeNull();
  });

  it("reads one JSON object, and says why something else is none", () => {
    expect(readJson(' {"a": 1} ')).toEqual({ a: 1 });
    expect(readJson("")).toEqual({});
    expect(() => readJson("[1]")).toThrow("one JSON object");
    expect(() => readJson("{")).toThrow("no JSON");
  });
});
