/** The views of the operations page: one click shows one, and what is shown now can be saved and shared. */
import { Button, Field, Input } from "@chakra-ui/react";
import { Link2, X } from "lucide-react";
import { Link } from "react-router";
import { copied } from "../../app/clipboard";
import { useNotify } from "../../app/notify";
import { FormDialog } from "../FormDialog";
import { DEFAULT_VIEWS, useViews } from "./views";

/** `query` is that of the filters which are shown. */
export function Views({ query }: { query: string }) {
  const { views, save, remove } = useViews();
  const isKnown = [...DEFAULT_VIEWS, ...views].some((view) => view.query === query);
  return (
    <nav className="views" aria-label="Views">
      {DEFAULT_VIEWS.map((view) => (
        <Link key={view.name} className="view" to={`?${view.query}`} aria-current={view.query === query ? "page" : undefined}>
          {view.name}
        </Link>
      ))}
      {views.map((view) => (
        <span key={view.name} className="view-saved">
          <Link className="view" to={`?${view.query}`} aria-current={view.query === query ? "page" : undefined} dir="auto">
            {view.name}
          </Link>
          <button type="button" aria-label={`Remove the view ${view.name}`} title="Remove this view" onClick={() => remove(view.name)}>
            <X size={14} aria-hidden="true" />
          </button>
        </span>
      ))}
      {query && (
        <span className="view-acts">
          {!isKnown && (
            <FormDialog open="Save view" title="Save this view" submit="Save" done="View saved" onSubmit={async (form) => save({ name: nameIn(form), query })}>
              <Field.Root required>
                <Field.Label>Name</Field.Label>
                <Input name="name" maxLength={60} autoComplete="off" pattern=".*\S.*" />
                <Field.HelperText>Kept in this browser; share it by its link</Field.HelperText>
              </Field.Root>
            </FormDialog>
          )}
          <CopyLink />
        </span>
      )}
    </nav>
  );
}

const nameIn = (form: FormData): string => String(form.get("name") ?? "").trim();

function CopyLink() {
  const notify = useNotify();
  const copy = async () =>
    (await copied(window.location.href)) ? notify.success("Link copied") : notify.error("The browser does not let the page copy; the link is in the address bar");
  return (
    <Button size="sm" variant="ghost" onClick={() => void copy()}>
      <Link2 size={15} aria-hidden="true" /> Copy link
    </Button>
  );
}
