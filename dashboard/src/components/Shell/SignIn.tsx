/** Stands before the pages while nobody is signed in. */
import { Button, Field, Input } from "@chakra-ui/react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { FormEvent, ReactNode } from "react";
import { isUnauthorized } from "../../api/http";
import { signIn } from "../../api/session";
import { projectsQuery } from "../../live/queries";
import { Trouble } from "../Trouble";

export function SignIn({ children }: { children: ReactNode }) {
  const { error } = useQuery(projectsQuery());
  return isUnauthorized(error) ? <SignInPage /> : children;
}

function SignInPage() {
  const client = useQueryClient();
  const entering = useMutation({ mutationFn: signIn, onSuccess: () => client.resetQueries() });
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    entering.mutate(String(new FormData(event.currentTarget).get("key") ?? "").trim());
    event.currentTarget.reset();
  };
  return (
    <main className="sign-in">
      <form className="panel" onSubmit={send} aria-labelledby="sign-in-title">
        <h1 id="sign-in-title">Sign in to Callboard</h1>
        <p>
          <code>callboard signin</code> prints a link that signs this browser in once. An API key does as well; it is
          exchanged for a session and kept nowhere.
        </p>
        <Field.Root required>
          <Field.Label>API key</Field.Label>
          <Input name="key" type="password" autoComplete="off" spellCheck={false} />
        </Field.Root>
        {entering.error && <Trouble error={entering.error} />}
        <Button type="submit" colorPalette="brand" loading={entering.isPending}>
          Sign in
        </Button>
      </form>
    </main>
  );
}
