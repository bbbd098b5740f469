/** Reads a capability's JSON Schema as form fields, and what was typed as parameters. Pure. */
export interface Schema {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  enum?: unknown[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  anyOf?: Schema[];
  $ref?: string;
  $defs?: Record<string, Schema>;
  additionalProperties?: unknown;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
}

export type Kind = "string" | "number" | "integer" | "boolean" | "enum" | "list";

export interface FieldSpec {
  name: string;
  label: string;
  kind: Kind;
  help: string;
  required: boolean;
  schema: Schema;
}

/** What stands in the form's controls: text, also for numbers and lists (one item a line), or a tick. */
export type Draft = Record<string, string | boolean>;

export interface Read {
  value: Record<string, unknown>;
  errors: Record<string, string>;
}

/** The form's fields, the required ones first, or null where only a JSON editor can hold what the schema allows. */
export function fieldsOf(schema: Schema): FieldSpec[] | null {
  const entries = Object.entries(schema.properties ?? {});
  if (entries.length === 0 && schema.additionalProperties !== false) {
    return null;
  }
  const fields = entries.map(([name, given]) => field(name, resolved(given, schema), schema.required?.includes(name) ?? false));
  return fields.every((one) => one !== null) ? fields.sort((one, other) => Number(other.required) - Number(one.required)) : null;
}

export function draftOf(fields: readonly FieldSpec[]): Draft {
  return Object.fromEntries(fields.map(({ name, kind, schema }) => [name, initial(kind, schema.default)]));
}

/** The parameters that a draft says; what is left empty is left out. */
export function read(fields: readonly FieldSpec[], draft: Draft): Read {
  const found: Read = { value: {}, errors: {} };
  for (const spec of fields) {
    const typed = draft[spec.name] ?? "";
    if (typed === "" && spec.kind !== "boolean") {
      if (spec.required) {
        found.errors[spec.name] = `${spec.label} is needed.`;
      }
      continue;
    }
    const value = valueOf(spec, typed);
    const error = problem(spec, value);
    if (error) {
      found.errors[spec.name] = error;
    } else {
      found.value[spec.name] = value;
    }
  }
  return found;
}

/** The object that a text of JSON holds. Throws an Error with a sentence. */
export function readJson(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text.trim() || "{}");
  } catch (error) {
    throw new Error(`This is no JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error("Parameters are one JSON object, such as {}.");
  }
  return value as Record<string, unknown>;
}

function field(name: string, schema: Schema, required: boolean): FieldSpec | null {
  const kind = kindOf(schema);
  const label = schema.title ?? name.replaceAll("_", " ");
  return kind && { name, label, kind, help: schema.description ?? "", required, schema };
}

function kindOf(schema: Schema): Kind | null {
  if (schema.enum) {
    return schema.enum.every((choice) => typeof choice === "string") ? "enum" : null;
  }
  switch (schema.type) {
    case "string":
    case "number":
    case "integer":
    case "boolean":
      return schema.type;
    case "array":
      return schema.items?.type === "string" && !schema.items.enum ? "list" : null;
    default:
      return null;
  }
}

/** The schema that a reference or `X or null` stands for. */
function resolved(schema: Schema, root: Schema): Schema {
  const named = schema.$ref?.startsWith("#/$defs/") ? root.$defs?.[schema.$ref.slice("#/$defs/".length)] : undefined;
  if (named) {
    const { title: _, ...shape } = resolved(named, root);
    const { $ref: __, ...own } = schema;
    return { ...shape, ...own };
  }
  const real = schema.anyOf?.filter((one) => one.type !== "null");
  if (real?.length !== 1 || !real[0]) {
    return schema;
  }
  const { anyOf: _, ...rest } = schema;
  return { ...resolved(real[0], root), ...rest };
}

function initial(kind: Kind, value: unknown): string | boolean {
  if (kind === "boolean") {
    return value === true;
  }
  if (kind === "list") {
    return Array.isArray(value) ? value.join("\n") : "";
  }
  return value === undefined || value === null ? "" : String(value);
}

function valueOf({ kind }: FieldSpec, typed: string | boolean): unknown {
  if (kind === "number" || kind === "integer") {
    return Number(typed);
  }
  if (kind === "list") {
    return String(typed).split("\n").map((line) => line.trim()).filter(Boolean);
  }
  return typed;
}

/** What is wrong with a value, as a sentence; null where nothing is. */
function problem({ kind, label, schema }: FieldSpec, value: unknown): string | null {
  if (kind === "number" || kind === "integer") {
    return numberProblem(label, schema, value as number, kind === "integer");
  }
  if (kind === "list") {
    return listProblem(label, schema, value as string[]);
  }
  return typeof value === "string" ? textProblem(label, schema, value) : null;
}

function numberProblem(label: string, schema: Schema, value: number, whole: boolean): string | null {
  if (!Number.isFinite(value) || (whole && !Number.isSafeInteger(value))) {
    return `${label} must be a ${whole ? "whole " : ""}number.`;
  }
  const { minimum = -Infinity, maximum = Infinity, exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity } = schema;
  if (value < minimum || value <= exclusiveMinimum) {
    return `${label} must be ${value < minimum ? `at least ${minimum}` : `more than ${exclusiveMinimum}`}.`;
  }
  if (value > maximum || value >= exclusiveMaximum) {
    return `${label} must be ${value > maximum ? `at most ${maximum}` : `less than ${exclusiveMaximum}`}.`;
  }
  return null;
}

function listProblem(label: string, schema: Schema, value: string[]): string | null {
  const { minItems = 0, maxItems = Infinity, items = {} } = schema;
  if (value.length < minItems || value.length > maxItems) {
    return `${label} takes ${value.length < minItems ? `at least ${minItems}` : `at most ${maxItems}`} lines.`;
  }
  return value.map((item) => textProblem(`“${item}”`, items, item)).find((sentence) => sentence !== null) ?? null;
}

function textProblem(label: string, schema: Schema, value: string): string | null {
  const { minLength = 0, maxLength = Infinity, pattern, enum: choices } = schema;
  if (value.length < minLength || value.length > maxLength) {
    return `${label} must have ${value.length < minLength ? `at least ${minLength}` : `at most ${maxLength}`} characters.`;
  }
  if (choices && !choices.includes(value)) {
    return `${label} must be one of ${choices.join(", ")}.`;
  }
  return pattern && !matches(pattern, value) ? `${label} does not have the form that is asked for.` : null;
}

/** A pattern that this browser cannot read is left to the server. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, "u").test(value);
  } catch {
    return true;
  }
}
