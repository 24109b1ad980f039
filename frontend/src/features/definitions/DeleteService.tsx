/** Takes a service out of the file, after naming what goes with it. */
import { Button, Group } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { checkDelete, deleteService } from "@/api/edits";
import { servicesQuery } from "@/api/queries/supervisor";
import type { Block } from "@/api/types";
import { Dialog } from "@/design/Dialog";
import { useOffline } from "@/live/context";
import { Faults } from "./Faults";
import { NotSaved } from "./NotSaved";

interface DeleteServiceProps {
  block: Block;
  /** Name of the file of definitions. */
  file: string;
}

export function DeleteService({ block, file }: DeleteServiceProps) {
  const [asking, setAsking] = useState(false);
  const offline = useOffline();
  const name = useQuery(servicesQuery).data?.services.find(({ id }) => id === block.id)?.name ?? block.id;
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
      <Dialog opened={asking} onClose={() => setAsking(false)} title={`Delete ${name}?`}>
        <Question block={block} file={file} close={() => setAsking(false)} />
      </Dialog>
    </>
  );
}

function Question({ block, file, close }: DeleteServiceProps & { close: () => void }) {
  const navigate = useNavigate();
  const service = useQuery(servicesQuery).data?.services.find(({ id }) => id === block.id);
  const runs = service?.pid != null;
  const { data: checked } = useQuery({
    queryKey: ["check", "delete", block.id, block.revision],
    queryFn: ({ signal }) => checkDelete(block.id, block.revision, signal),
  });
  const remove = useMutation({
    mutationFn: () => deleteService(block.id, block.revision),
    onSuccess: () => void navigate({ to: "/services" }),
  });
  const refused = checked?.good === false;
  return (
    <>
      <p>
        Its text, comments included, goes from <code>{file}</code>.{runs && " It runs, and is stopped first."}{" "}
        Its log stays.
      </p>
      {refused && <Faults faults={checked.faults} />}
      {remove.error && <NotSaved error={remove.error} />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" {...(refused ? { "data-autofocus": true } : {})} onClick={close}>
          No
        </Button>
        {!refused && (
          <Button data-autofocus loading={remove.isPending} onClick={() => remove.mutate()}>
            {runs ? "Stop and delete" : "Delete"}
          </Button>
        )}
      </Group>
    </>
  );
}
