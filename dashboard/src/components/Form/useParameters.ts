/** Holds what is typed into a capability's form, and says what parameters it makes. */
import { useState } from "react";
import { type Draft, type FieldSpec, type Schema, draftOf, fieldsOf, read, readJson } from "./schema";

export interface Parameters {
  /** Null where the form is a JSON editor. */
  fields: FieldSpec[] | null;
  draft: Draft;
  text: string;
  value: Record<string, unknown>;
  errors: Record<string, string>;
  setDraft: (draft: Draft) => void;
  setText: (text: string) => void;
}

interface Typed {
  of: string;
  draft: Draft;
  text: string;
}

/** `name` tells capabilities apart: another one begins with its own defaults. */
export function useParameters(name: string, schema: Schema | undefined): Parameters {
  const fields = schema ? fieldsOf(schema) : [];
  const blank: Typed = { of: name, draft: draftOf(fields ?? []), text: "{}" };
  const [typed, setTyped] = useState<Typed>(blank);
  const { draft, text } = typed.of === name ? { ...typed, draft: { ...blank.draft, ...typed.draft } } : blank;
  return {
    fields,
    draft,
    text,
    ...(fields ? read(fields, draft) : readText(text)),
    setDraft: (next) => setTyped({ of: name, draft: next, text }),
    setText: (next) => setTyped({ of: name, draft, text: next }),
  };
}

function readText(text: string): { value: Record<string, unknown>; errors: Record<string, string> } {
  try {
    return { value: readJson(text), errors: {} };
  } catch (error) {
    return { value: {}, errors: { "": (error as Error).message } };
  }
}
