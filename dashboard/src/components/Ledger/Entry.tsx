/** One finding of the ledger, since when it stands, and how to suppress it. */
import { Button, Field, Input, Textarea } from "@chakra-ui/react";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "react-router";
import { insightApi } from "../../api/insight";
import { serverNow } from "../../app/clock";
import { useNotify } from "../../app/notify";
import type { LedgerFinding } from "../../types/insight";
import type { Severity } from "../../types/result";
import { FindingHead, TONES } from "../Finding/FindingHead";
import { SourceLines } from "../Finding/SourceLines";
import { FormDialog } from "../FormDialog";
import { When } from "../When";

interface EntryProps {
  projectId: string;
  finding: LedgerFinding;
}

export function Entry({ projectId, finding }: EntryProps) {
  const { path, line, state, rule, severity, message, snippet, excerpt } = finding;
  const tone = state === "fixed" ? "good" : state === "suppressed" ? "off" : (TONES[severity as Severity] ?? "problem");
  return (
    <li className="finding" data-tone={tone}>
      <FindingHead rule={rule} severity={severity} helpUri={finding.help_uri} path={path} line={line} state={state} />
      <p dir="auto">{message}</p>
      {excerpt ? (
        <SourceLines excerpt={excerpt} path={path} line={line} column={excerpt.column} endLine={excerpt.end_line} endColumn={excerpt.end_column} />
      ) : (
        snippet && snippet !== message && <pre dir="auto">{snippet}</pre>
      )}
      <div className="finding-foot">
        <span>{finding.capability}</span>
        <span>first seen <Link to={`/operations/${finding.opened_by}`}><When time={finding.first_seen} /></Link></span>
        <span>last seen <Link to={`/operations/${finding.seen_by}`}><When time={finding.last_seen} /></Link></span>
        {finding.fixed_at && <span>fixed <When time={finding.fixed_at} /></span>}
        {state === "suppressed" && <Suppressed finding={finding} />}
        {state !== "fixed" && <Act projectId={projectId} finding={finding} />}
      </div>
    </li>
  );
}

/** The day of a time where this browser is, as a date field has it. */
function dayOf(time: number): string {
  const day = new Date(time);
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, "0")).join("-");
}

function Suppressed({ finding }: { finding: LedgerFinding }) {
  return (
    <span dir="auto">
      suppressed: {finding.suppressed_for}
      {finding.suppressed_until && <>, until {finding.suppressed_until.slice(0, 10)}</>}
    </span>
  );
}

function Act({ projectId, finding }: EntryProps) {
  const client = useQueryClient();
  const notify = useNotify();
  const again = () => client.invalidateQueries({ queryKey: ["findings", projectId] });
  const resume = useMutation({
    mutationFn: () => insightApi.unsuppress(projectId, finding.fingerprint),
    onSuccess: again,
    onError: (error) => notify.error(error.message),
  });
  const suppress = async (form: FormData) => {
    const until = String(form.get("until") ?? "");
    const reason = String(form.get("reason") ?? "").trim();
    await insightApi.suppress(projectId, finding.fingerprint, reason, until ? new Date(`${until}T23:59:59`).toISOString() : null);
    await again();
  };
  const where = finding.path ? `${finding.rule} in ${finding.path}${finding.line === null ? "" : `:${finding.line}`}` : finding.rule;
  return (
    <span className="finding-act">
      {finding.state === "suppressed" ? (
        <Button size="sm" variant="outline" aria-label={`Count it again: ${where}`} loading={resume.isPending} onClick={() => resume.mutate()}>
          Count it again
        </Button>
      ) : (
        <FormDialog open="Suppress" name={`Suppress ${where}`} title={`Suppress ${finding.rule}`} submit="Suppress finding" done="Finding suppressed" onSubmit={suppress}>
          <Field.Root required>
            <Field.Label>Reason</Field.Label>
            <Textarea name="reason" rows={2} maxLength={1000} />
          </Field.Root>
          <Field.Root>
            <Field.Label>Until</Field.Label>
            <Input name="until" type="date" min={dayOf(serverNow())} />
            <Field.HelperText>The end of that day; for good where this is empty</Field.HelperText>
          </Field.Root>
        </FormDialog>
      )}
    </span>
  );
}
