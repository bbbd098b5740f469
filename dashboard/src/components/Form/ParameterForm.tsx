/** A capability's parameters as a form made of its JSON Schema; as JSON where a form cannot hold them. */
import { Field, Input, NativeSelect, Textarea } from "@chakra-ui/react";
import { useState } from "react";
import type { Draft, FieldSpec } from "./schema";

interface ParameterFormProps {
  fields: readonly FieldSpec[];
  draft: Draft;
  errors: Record<string, string>;
  onChange: (draft: Draft) => void;
}

export function ParameterForm({ fields, draft, errors, onChange }: ParameterFormProps) {
  return (
    <div className="form-fields">
      {fields.map((spec) => (
        <ParameterField
          key={spec.name}
          spec={spec}
          typed={draft[spec.name] ?? ""}
          error={errors[spec.name]}
          onChange={(typed) => onChange({ ...draft, [spec.name]: typed })}
        />
      ))}
    </div>
  );
}

interface ParameterFieldProps {
  spec: FieldSpec;
  typed: string | boolean;
  error: string | undefined;
  onChange: (typed: string | boolean) => void;
}

/** What is wrong is told once the field is left, not while it is typed. */
function ParameterField({ spec, typed, error, onChange }: ParameterFieldProps) {
  const [isLeft, setLeft] = useState(false);
  if (spec.kind === "boolean") {
    return (
      <label className="tick">
        <input type="checkbox" checked={typed === true} onChange={(event) => onChange(event.target.checked)} />
        <span>
          {spec.label}
          {spec.help && <small>{spec.help}</small>}
        </span>
      </label>
    );
  }
  return (
    <Field.Root invalid={isLeft && error !== undefined} required={spec.required} onBlur={() => setLeft(true)}>
      <Field.Label>
        {spec.label}
        <Field.RequiredIndicator />
      </Field.Label>
      <Control spec={spec} typed={String(typed)} onChange={onChange} />
      <Field.ErrorText>{error}</Field.ErrorText>
      {spec.help && <Field.HelperText>{spec.help}</Field.HelperText>}
    </Field.Root>
  );
}

function Control({ spec, typed, onChange }: { spec: FieldSpec; typed: string; onChange: (typed: string) => void }) {
  if (spec.kind === "enum") {
    return (
      <NativeSelect.Root>
        <NativeSelect.Field value={typed} onChange={(event) => onChange(event.target.value)}>
          <option value="">{spec.required ? "Choose one" : "None"}</option>
          {spec.schema.enum?.map((choice) => (
            <option key={String(choice)}>{String(choice)}</option>
          ))}
        </NativeSelect.Field>
        <NativeSelect.Indicator />
      </NativeSelect.Root>
    );
  }
  if (spec.kind === "list") {
    return (
      <Textarea rows={2} value={typed} placeholder="one a line" onChange={(event) => onChange(event.target.value)} />
    );
  }
  const mode = spec.kind === "integer" ? "numeric" : spec.kind === "number" ? "decimal" : "text";
  return <Input inputMode={mode} value={typed} onChange={(event) => onChange(event.target.value)} />;
}

interface JsonFieldProps {
  text: string;
  error: string | undefined;
  onChange: (text: string) => void;
}

export function JsonField({ text, error, onChange }: JsonFieldProps) {
  return (
    <Field.Root invalid={error !== undefined}>
      <Field.Label>Parameters as JSON</Field.Label>
      <Textarea className="code" rows={4} spellCheck={false} value={text} onChange={(event) => onChange(event.target.value)} />
      <Field.ErrorText>{error}</Field.ErrorText>
    </Field.Root>
  );
}
