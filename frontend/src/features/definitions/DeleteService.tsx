/** Takes a service out of the file, after naming what goes with it. */
import { Button, Group } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { deleteService } from "@/api/edits";
import { servicesQuery } from "@/api/queries";
import { Dialog } from "@/design/Dialog";
import { useOffline } from "@/live/context";
import { NotSaved } from "./AddPage";

export function DeleteService({ serviceId, file }: { serviceId: string; file: string }) {
  const [asking, setAsking] = useState(false);
  const offline = useOffline();
  const navigate = useNavigate();
  const services = useQuery(servicesQuery).data?.services ?? [];
  const service = services.find(({ id }) => id === serviceId);
  const runs = service?.pid != null;
  const remove = useMutation({
    mutationFn: () => deleteService(serviceId, runs),
    onSuccess: () => void navigate({ to: "/services" }),
  });
  const close = () => {
    setAsking(false);
    remove.reset();
  };
  const needed = services.filter(({ depends_on }) => depends_on.some((one) => one.service === serviceId));
  const verb = runs ? "Stop and delete" : "Delete";
  return (
    <>
      <Button
        variant="default"
        {...(offline === null ? {} : { "data-disabled": true })}
        aria-disabled={offline !== null || undefined}
        title={offline ?? undefined}
        onClick={() => offline === null && setAsking(true)}
      >
        Delete
      </Button>
      <Dialog opened={asking} onClose={close} title={`Delete ${service?.name ?? serviceId}?`}>
        <p>
          Its text, comments included, goes from <code>{file}</code>.
          {runs && " It runs, and is stopped first."} Its log stays.
        </p>
        {needed.length > 0 && (
          <p>
            {needed.map(({ name }) => name).join(", ")} {needed.length === 1 ? "depends" : "depend"} on it:
            the file would not be good any more, so it will be refused.
          </p>
        )}
        {remove.error && <NotSaved error={remove.error} />}
        <Group justify="flex-end" mt="md">
          <Button variant="default" onClick={close}>
            No
          </Button>
          <Button data-autofocus loading={remove.isPending} onClick={() => remove.mutate()}>
            {verb}
          </Button>
        </Group>
      </Dialog>
    </>
  );
}
