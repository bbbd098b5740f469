/** A dialog with one form: opened by a button, sent by Enter, and a refusal is shown where it was typed. */
import { Button, Dialog, Portal } from "@chakra-ui/react";
import { useMutation } from "@tanstack/react-query";
import { type FormEvent, type ReactNode, useState } from "react";
import { useNotify } from "../app/notify";
import { Trouble } from "./Trouble";

interface FormDialogProps {
  /** The words of the button that opens it. */
  open: string;
  /** What the button is called where its words alone do not tell it from others. */
  name?: string;
  title: string;
  submit: string;
  done: string;
  primary?: boolean;
  /** Sends what was typed; what it throws is shown. */
  onSubmit: (form: FormData) => Promise<unknown>;
  children: ReactNode;
}

export function FormDialog({ open, name, title, submit, done, primary = false, onSubmit, children }: FormDialogProps) {
  const [isOpen, setOpen] = useState(false);
  const notify = useNotify();
  const sending = useMutation({
    mutationFn: onSubmit,
    onSuccess: () => {
      setOpen(false);
      notify.success(done);
    },
  });
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    sending.mutate(new FormData(event.currentTarget));
  };
  const change = (next: boolean) => {
    setOpen(next);
    sending.reset();
  };
  return (
    <Dialog.Root open={isOpen} onOpenChange={(details) => change(details.open)} lazyMount unmountOnExit>
      <Dialog.Trigger asChild>
        <Button size="sm" aria-label={name} variant={primary ? "solid" : "outline"} {...(primary && { colorPalette: "brand" })}>
          {open}
        </Button>
      </Dialog.Trigger>
      <Portal>
        <Dialog.Backdrop />
        <Dialog.Positioner>
          <Dialog.Content>
            <form onSubmit={send} onChange={() => sending.isError && sending.reset()}>
              <Dialog.Header>
                <Dialog.Title>{title}</Dialog.Title>
              </Dialog.Header>
              <Dialog.Body className="form-fields">
                {children}
                {sending.error && <Trouble error={sending.error} />}
              </Dialog.Body>
              <Dialog.Footer>
                <Dialog.ActionTrigger asChild>
                  <Button variant="outline">Close</Button>
                </Dialog.ActionTrigger>
                <Button type="submit" colorPalette="brand" loading={sending.isPending}>
                  {submit}
                </Button>
              </Dialog.Footer>
            </form>
          </Dialog.Content>
        </Dialog.Positioner>
      </Portal>
    </Dialog.Root>
  );
}
