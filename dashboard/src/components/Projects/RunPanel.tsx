/** Chooses an agent and one of its capabilities, fills in parameters, and executes. */
import { Button, Field, Input } from "@chakra-ui/react";
import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useSearchParams } from "react-router";
import { type Facts, capabilitiesQuery } from "../../live/queries";
import { Choice } from "../Choice";
import { JsonField, ParameterForm } from "../Form/ParameterForm";
import type { Schema } from "../Form/schema";
import { type Parameters, useParameters } from "../Form/useParameters";
import { Panel } from "../Panel";
import { useExecute } from "./useExecute";
import { useStaff } from "./useStaff";

export function RunPanel({ project }: { project: Facts | undefined }) {
  const [query] = useSearchParams();
  const [agentId, setAgentId] = useState(query.get("agent") ?? "");
  const [capability, setCapability] = useState(query.get("capability") ?? "");
  const staff = useStaff(project);
  const agent = staff.find(({ id }) => id === agentId);
  const granted = agent?.capabilities ?? [];
  const chosen = granted.includes(capability) ? capability : ((granted.length === 1 && granted[0]) || "");
  const [ref, setRef] = useState("");
  const catalogue = useQuery(capabilitiesQuery());
  const known = catalogue.data?.find((one) => one.name === chosen);
  const parameters = useParameters(chosen, known?.parameters_schema as Schema | undefined);
  const { execute, pending } = useExecute();
  const isGit = typeof project?.source?.["git"] === "string";
  const lack = lackOf(agent !== undefined, chosen, parameters);
  const isReady = project !== undefined && lack === "" && !pending;

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isReady) {
      execute({ projectId: project.id, agentId, capability: chosen, parameters: parameters.value, ...(isGit && ref.trim() && { ref: ref.trim() }) });
    }
  };

  return (
    <Panel title="Run a capability">
      <form onSubmit={submit} ref={listenForShortcut} className="run">
        <div className="run-choices">
          <Choice label="Select Agent" value={agent?.id ?? ""} onChange={setAgentId} empty="Choose an agent" choices={staff.map(({ id, name }) => [id, name])} />
          <Choice
            label="Select Capability"
            value={chosen}
            onChange={setCapability}
            disabled={granted.length === 0}
            empty={agent ? "Choose a capability" : "Choose an agent first"}
            choices={granted.map((name) => [name, name])}
          />
        </div>
        {known && <p className="hint">{known.description.split("\n", 1)[0]}</p>}
        {chosen && known && !parameters.fields && (
          <JsonField text={parameters.text} error={parameters.errors[""]} onChange={parameters.setText} />
        )}
        {chosen && parameters.fields && parameters.fields.length > 0 && (
          <ParameterForm key={chosen} fields={parameters.fields} draft={parameters.draft} errors={parameters.errors} onChange={parameters.setDraft} />
        )}
        {chosen && isGit && (
          <Field.Root>
            <Field.Label>Ref</Field.Label>
            <Input value={ref} maxLength={400} spellCheck={false} onChange={(event) => setRef(event.target.value)} />
            <Field.HelperText>Branch, tag or commit; that of the project where this is empty</Field.HelperText>
          </Field.Root>
        )}
        {known && known.workers.length === 0 && (
          <p className="note" data-tone="problem">No worker that is online offers this; the operation will wait for one.</p>
        )}
        <div className="run-foot">
          <span className="hint" id="lack">{lack}</span>
          <span className="hint keys">Ctrl + Enter</span>
          <Button type="submit" colorPalette="brand" disabled={!isReady} aria-describedby="lack">Execute</Button>
        </div>
      </form>
    </Panel>
  );
}

/** What is missing before it can be executed, in a sentence; empty where nothing is. */
function lackOf(hasAgent: boolean, capability: string, { fields, errors }: Parameters): string {
  if (!capability) {
    return hasAgent ? "Choose a capability." : "Choose an agent.";
  }
  const names = Object.keys(errors).map((name) => fields?.find((field) => field.name === name)?.label ?? "the JSON");
  return names.length > 0 ? `Not right yet: ${names.join(", ")}.` : "";
}

/** Ctrl + Enter, or Cmd + Enter, anywhere in the form sends it. */
function listenForShortcut(form: HTMLFormElement | null): (() => void) | undefined {
  const listen = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form?.requestSubmit();
    }
  };
  form?.addEventListener("keydown", listen);
  return () => form?.removeEventListener("keydown", listen);
}
