/** A labelled native select of ids with names, and an empty choice. */
import { Field, NativeSelect } from "@chakra-ui/react";

interface ChoiceProps {
  label: string;
  value: string;
  empty: string;
  choices: [id: string, name: string][];
  disabled?: boolean;
  required?: boolean;
  size?: "sm" | "md";
  onChange: (value: string) => void;
}

export function Choice({ label, value, empty, choices, disabled = false, required = false, size = "md", onChange }: ChoiceProps) {
  return (
    <Field.Root disabled={disabled} required={required}>
      <Field.Label>
        {label}
        <Field.RequiredIndicator />
      </Field.Label>
      <NativeSelect.Root disabled={disabled} size={size}>
        <NativeSelect.Field value={value} onChange={(event) => onChange(event.target.value)}>
          <option value="">{empty}</option>
          {choices.map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </NativeSelect.Field>
        <NativeSelect.Indicator />
      </NativeSelect.Root>
    </Field.Root>
  );
}
