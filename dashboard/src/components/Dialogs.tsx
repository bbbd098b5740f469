/** The dialogs that make projects, agents and assignments. */
import { Field, Input, NativeSelect, Textarea } from "@chakra-ui/react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { useNavigate } from "react-router";
import { agentApi } from "../api/agents";
import { projectApi } from "../api/projects";
import { type Facts, agentsQuery, assignedQuery, capabilitiesQuery } from "../live/queries";
import { Choice } from "./Choice";
import { readJson } from "./Form/schema";
import { FormDialog } from "./FormDialog";

const text = (form: FormData, name: string): string => String(form.get(name) ?? "").trim();
const isGit = (source: string): boolean => /^([a-z][a-z0-9+.-]*:\/\/|[\w.-]+@[\w.-]+:)/i.test(source);

export function NewProjectDialog() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const create = async (form: FormData) => {
    const source = text(form, "source");
    const ref = text(form, "ref");
    const made = await projectApi.create({
      name: text(form, "name"),
      source: isGit(source) ? { git: source, ...(ref && { ref }) } : { path: source },
      ...(text(form, "id") && { id: text(form, "id") }),
      ...(text(form, "description") && { description: text(form, "description") }),
    });
    await client.invalidateQueries({ queryKey: ["projects"] });
    await navigate(`/projects/${encodeURIComponent(made.id)}`);
  };
  return (
    <FormDialog open="New project" title="New project" submit="Create project" done="Project created" primary onSubmit={create}>
      <Labelled label="Name" required>
        <Input name="name" maxLength={200} />
      </Labelled>
      <Labelled label="Source" required help="A folder on the server, or the URL of a git repository">
        <Input name="source" spellCheck={false} placeholder="/srv/shop or https://…/shop.git" />
      </Labelled>
      <Labelled label="Branch, tag or commit" help="Of a git source; its default branch where this is empty">
        <Input name="ref" spellCheck={false} />
      </Labelled>
      <Labelled label="Description">
        <Textarea name="description" rows={2} maxLength={2000} />
      </Labelled>
      <Labelled label="Id" help="Made of the name where this is empty">
        <Input name="id" spellCheck={false} />
      </Labelled>
    </FormDialog>
  );
}

export function NewAgentDialog() {
  const client = useQueryClient();
  const capabilities = useQuery(capabilitiesQuery());
  const create = async (form: FormData) => {
    const settings = text(form, "settings");
    await agentApi.create({
      name: text(form, "name"),
      kind: text(form, "kind") as "tool" | "command",
      capabilities: form.getAll("capabilities").map(String),
      ...(text(form, "id") && { id: text(form, "id") }),
      ...(settings && { settings: readJson(settings) }),
    });
    await client.invalidateQueries({ queryKey: ["agents"] });
  };
  return (
    <FormDialog open="New agent" title="New agent" submit="Create agent" done="Agent created" onSubmit={create}>
      <Labelled label="Name" required>
        <Input name="name" maxLength={200} />
      </Labelled>
      <Labelled label="Kind" help="A tool that the workers have, or a command of your own">
        <NativeSelect.Root>
          <NativeSelect.Field name="kind">
            <option value="tool">tool</option>
            <option value="command">command</option>
          </NativeSelect.Field>
          <NativeSelect.Indicator />
        </NativeSelect.Root>
      </Labelled>
      <Ticks legend="Capabilities" name="capabilities" choices={capabilities.data?.map((one) => one.name) ?? []} />
      <Labelled label="Settings as JSON" help="Such as the argv of a command">
        <Textarea name="settings" className="code" rows={2} spellCheck={false} />
      </Labelled>
      <Labelled label="Id" help="Made of the name where this is empty">
        <Input name="id" spellCheck={false} />
      </Labelled>
    </FormDialog>
  );
}

export function AssignDialog({ project }: { project: Facts }) {
  const client = useQueryClient();
  const agents = useQuery(agentsQuery());
  const [agentId, setAgentId] = useState("");
  const staff = useQuery(assignedQuery(project.id)).data ?? [];
  const able = agents.data?.find(({ id }) => id === agentId)?.capabilities ?? [];
  const granted = staff.find(({ id }) => id === agentId)?.capabilities ?? [];
  const assign = async (form: FormData) => {
    await projectApi.assign(project.id, agentId, form.getAll("capabilities").map(String));
    await client.invalidateQueries();
  };
  return (
    <FormDialog open="Assign an agent" title="Assign an agent" submit="Assign" done="Agent assigned" onSubmit={assign}>
      <Choice required label="Agent" empty="Choose an agent" value={agentId} choices={agents.data?.map(({ id, name }) => [id, name]) ?? []} onChange={setAgentId} />
      {granted.length > 0 && <p className="hint">Granted already: {granted.join(", ")}.</p>}
      <Ticks key={agentId} legend="Grant here" name="capabilities" choices={able.filter((name) => !granted.includes(name))} ticked />
    </FormDialog>
  );
}

interface LabelledProps {
  label: string;
  help?: string;
  required?: boolean;
  children: ReactNode;
}

function Labelled({ label, help, required = false, children }: LabelledProps) {
  return (
    <Field.Root required={required}>
      <Field.Label>
        {label}
        <Field.RequiredIndicator />
      </Field.Label>
      {children}
      {help && <Field.HelperText>{help}</Field.HelperText>}
    </Field.Root>
  );
}

function Ticks({ legend, name, choices, ticked = false }: { legend: string; name: string; choices: string[]; ticked?: boolean }) {
  return (
    <fieldset className="ticks">
      <legend>{legend}</legend>
      {choices.map((choice) => (
        <label key={choice} className="tick">
          <input type="checkbox" name={name} value={choice} defaultChecked={ticked} />
          <span>{choice}</span>
        </label>
      ))}
      {choices.length === 0 && <p className="hint">There is nothing to choose from yet.</p>}
    </fieldset>
  );
}
